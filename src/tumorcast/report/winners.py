"""What each fold chose on its training rows: a pair of a grid, or settings of a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

CHOICE = "choose "
"""How the ledger's step begins that a choice is written under."""


@dataclass(frozen=True)
class Candidate:
    """Learner and selector, or settings, and the folds that chose them (``repeat.fold``)."""

    names: tuple[str, ...]
    folds: tuple[str, ...]


@dataclass(frozen=True)
class Winners:
    """The candidates of one arm, the most often chosen first.

    Parameters
    ----------
    arm
        Whose choice.
    searched
        Whether settings were chosen, not learner and selector.
    n_models
        Models fitted: one a repeat and fold.
    candidates
        Of a grid, also those that no fold chose.
    """

    arm: str
    searched: bool
    n_models: int
    candidates: tuple[Candidate, ...]


def winners_of(
    ledger: pd.DataFrame | None, arms: Mapping[str, Any], horizon_days: float
) -> tuple[Winners, ...]:
    """Return what every arm chose at a horizon; empty without a ledger or a choice."""
    if ledger is None:
        return ()
    rows = ledger[(ledger["horizon_days"] == horizon_days) & ledger["step"].str.startswith(CHOICE)]
    return tuple(_winners(rows, arms))


def _winners(rows: pd.DataFrame, arms: Mapping[str, Any]) -> Iterator[Winners]:
    for arm, declared in arms.items():
        grid, chosen = declared.get("grid"), rows[rows["arm"] == arm]
        if chosen.empty:
            continue
        folds: dict[str, list[str]] = {}
        for row in chosen.itertuples():
            pair = str(row.step).removeprefix(CHOICE)
            folds.setdefault(pair, []).append(f"{row.repeat + 1}.{row.fold + 1}")  # type: ignore[operator]
        if grid:
            candidates = [
                Candidate((learner, selector), tuple(folds.get(f"{selector}, {learner}", ())))
                for selector in grid.get("selectors") or ("forest",)
                for learner in grid["learners"]
            ]
        else:
            candidates = [Candidate((settings,), tuple(of)) for settings, of in folds.items()]
        ranked = sorted(candidates, key=lambda candidate: -len(candidate.folds))
        yield Winners(arm, not grid, len(chosen), tuple(ranked))
