"""Numbers as JSON can hold them."""

from __future__ import annotations

import math
from typing import Any


def plain_number(value: float) -> float | None:
    """Return the number, or ``None`` where it is not defined."""
    return float(value) if math.isfinite(value) else None


def plain_fields(thing: object) -> dict[str, Any]:
    """Return the attributes of a thing by name, its numbers as `plain_number`."""
    return {k: plain_number(v) if isinstance(v, float) else v for k, v in vars(thing).items()}


def horizon_name(horizon_days: float) -> str:
    """Return the horizon as ``metrics.json`` names it: ``"730"``, or ``"all"`` when infinite."""
    return "all" if math.isinf(horizon_days) else f"{horizon_days:.10g}"
