"""A study of a table on pure noise, and its finished run."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tumorcast import study

N = 60


def write_noise(folder: Path, **changes: Any) -> Path:
    """Write a table without any signal and its study file; `changes` go into the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(11)
    rows = [
        {
            "id": f"P{number:02d}", "event": number % 3 // 2,
            "days_to_event": 400 - 150 * (number % 3 // 2) + 5 * number,
            "volume": round(float(rng.lognormal(9, 0.6)), 3),
            **{f"x{column}": round(float(rng.normal()), 6) for column in range(5)},
        }
        for number in range(N)
    ]  # fmt: skip
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    columns = {f"x{column}": {"kind": "number", "known": "baseline"} for column in range(5)}
    document: dict[str, Any] = {
        "study": "noise",
        "preset": "standard",
        "cohort": {"table": "table.csv", "id": "id"},
        "columns": {
            **columns,
            "volume": {"kind": "number", "unit": "mm3", "known": "baseline", "block": "volume"},
        },
        "endpoint": {"name": "event", "event": {"column": "event", "is": ["1"]}},
        "arms": {
            "two": {"blocks": ["clinical", "volume"], "select": {"correlation": 0.9, "keep": 2}}
        },
        "validation": {"folds": 2, "repeats": 1, "seed": 1},
        "scepticism": False,
        **changes,
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def checks_of(run_dir: Path) -> Mapping[str, Mapping[str, str]]:
    """Return the content of ``checks.json`` by code."""
    document = json.loads((run_dir / "checks.json").read_text(encoding="utf-8"))
    return {check["code"]: check for check in document["checks"]}


@pytest.fixture(scope="session")
def sound_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a finished run; not to be changed."""
    folder = tmp_path_factory.mktemp("noise")
    return study.run(write_noise(folder), output=folder / "run").run_dir


@pytest.fixture
def finished(sound_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the finished run that a test may spoil."""
    return Path(shutil.copytree(sound_run, tmp_path / "run"))
