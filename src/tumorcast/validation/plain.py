"""Numbers as JSON can hold them."""

from __future__ import annotations

import math


def plain_number(value: float) -> float | None:
    """Return the number, or ``None`` where it is not defined."""
    return float(value) if math.isfinite(value) else None


def horizon_name(horizon_days: float) -> str:
    """Return the horizon as ``metrics.json`` names it: ``"730"``, or ``"all"`` when infinite."""
    return "all" if math.isinf(horizon_days) else f"{horizon_days:.10g}"
