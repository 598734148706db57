from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

STORED = Path(__file__).resolve().parents[1] / "oracles" / "metrics" / "reference.json"


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """Return the data and the values that other packages computed; lists as arrays."""
    return dict(json.loads(STORED.read_text(), object_hook=_arrays))


def _arrays(part: dict[str, Any]) -> dict[str, Any]:
    return {
        name: np.asarray(value) if isinstance(value, list) else value
        for name, value in part.items()
    }
