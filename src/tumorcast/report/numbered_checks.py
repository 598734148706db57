"""The table of numbered checks: from ``checks.json`` to rows, what failed first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ORDER = ("failed", "passed", "not applicable")


@dataclass(frozen=True)
class NumberedChecks:
    """The rows of the table, and how many passed, failed and did not apply."""

    rows: tuple[Mapping[str, str], ...]
    n_passed: int
    n_failed: int
    n_open: int


def numbered_checks(document: Mapping[str, Any]) -> NumberedChecks | None:
    """Return the table; ``None`` for a run without ``checks.json``."""
    if not document:
        return None
    rows = tuple(sorted(document["checks"], key=lambda row: _ORDER.index(row["state"])))
    passed, failed, open_ = (sum(row["state"] == state for row in rows) for state in
                             ("passed", "failed", "not applicable"))  # fmt: skip
    return NumberedChecks(rows, passed, failed, open_)
