"""Which pair of selector and learner each fold of a grid chose on its training rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

CHOICE = "choose "
"""How the ledger's step begins that a grid's choice is written under."""


@dataclass(frozen=True)
class Candidate:
    """A pair, and the folds that chose it as ``repeat.fold``, counted from 1."""

    selector: str
    learner: str
    folds: tuple[str, ...]


@dataclass(frozen=True)
class Winners:
    """The candidates of one arm with a grid, the most often chosen first.

    Parameters
    ----------
    arm
        Whose grid.
    n_models
        Models fitted: one a repeat and fold.
    candidates
        Also those that no fold chose.
    """

    arm: str
    n_models: int
    candidates: tuple[Candidate, ...]


def winners_of(
    ledger: pd.DataFrame | None, arms: Mapping[str, Any], horizon_days: float
) -> tuple[Winners, ...]:
    """Return what every grid chose at a horizon; empty without a ledger or a grid."""
    if ledger is None:
        return ()
    rows = ledger[(ledger["horizon_days"] == horizon_days) & ledger["step"].str.startswith(CHOICE)]
    return tuple(_winners(rows, arms))


def _winners(rows: pd.DataFrame, arms: Mapping[str, Any]) -> Iterator[Winners]:
    for arm, declared in arms.items():
        grid, chosen = declared.get("grid"), rows[rows["arm"] == arm]
        if not grid or chosen.empty:
            continue
        folds: dict[str, list[str]] = {}
        for row in chosen.itertuples():
            pair = str(row.step).removeprefix(CHOICE)
            folds.setdefault(pair, []).append(f"{row.repeat + 1}.{row.fold + 1}")  # type: ignore[operator]
        selectors = grid.get("selectors") or ("forest",)
        candidates = [
            Candidate(selector, learner, tuple(folds.get(f"{selector}, {learner}", ())))
            for selector in selectors
            for learner in grid["learners"]
        ]
        ranked = sorted(candidates, key=lambda candidate: -len(candidate.folds))
        yield Winners(arm, len(chosen), tuple(ranked))
