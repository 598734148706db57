"""Predictions of one arm as arrays, with the state of each case at the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.validation.predictions import Predictions
from tumorcast.validation.training_spread import training_spread

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ArmScores:
    """Out-of-fold predictions of one arm at one horizon.

    Parameters
    ----------
    cases, patients
        Shape (n,).
    repeats
        Numbers of the repeats, ascending, shape (r,).
    event, time_days
        As in `Outcome`, NaN where only the fact is known; shape (n,).
    label, weight
        State at the horizon and inverse-probability-of-censoring weight, shape (n,).
    risk, probability, threshold
        Shape (r, n).
    fold
        In which each case was tested; shape (r, n).
    """

    cases: tuple[str, ...]
    patients: tuple[str, ...]
    repeats: tuple[int, ...]
    event: NDArray[np.int64]
    time_days: Floats
    label: NDArray[np.int64]
    weight: Floats
    risk: Floats
    probability: Floats
    threshold: Floats
    fold: NDArray[np.int64]

    @property
    def is_timed(self) -> bool:
        """Whether the days of all cases are known."""
        return not bool(np.isnan(self.time_days).any())

    @property
    def spread(self) -> float:
        """By how much intervals over the patients are widened, see `training_spread`."""
        return training_spread(self.fold)

    def at(self, days: float) -> BinaryTarget:
        """Return the state of the cases at another horizon, weighted for censoring.

        The times must be known.
        """
        return Outcome(self.cases, self.event, self.time_days).binary_at(days)

    def mean_risk(self, repeats: Sequence[int]) -> Floats:
        """Return the risk of each case averaged over these repeats, shape (n,)."""
        rows = [self.repeats.index(repeat) for repeat in repeats]
        mean: Floats = self.risk[rows].mean(axis=0)
        return mean


def scores_of(predictions: Predictions, arm: str, horizon_days: float) -> ArmScores:
    """Return the predictions of an arm, its cases in alphabetical order.

    The weights come from the censoring distribution of all predicted cases.
    """
    frame = predictions.of(arm, horizon_days)
    table = frame.pivot(
        index="case", columns="repeat", values=["risk", "probability", "threshold", "fold"]
    ).sort_index()
    about = frame.drop_duplicates("case").set_index("case").loc[table.index]
    cases = tuple(str(case) for case in table.index)
    event = about["event"].to_numpy(np.int64)
    time_days = about["time"].to_numpy(np.float64)
    timed = not bool(np.isnan(time_days).any())
    target = Outcome(cases, event, time_days if timed else None).binary_at(horizon_days)

    def of(column: str) -> Floats:
        return np.ascontiguousarray(table[column].to_numpy(np.float64).T)

    return ArmScores(
        cases,
        tuple(str(patient) for patient in about["patient"]),
        tuple(int(repeat) for repeat in table["risk"].columns),
        event,
        time_days,
        target.label,
        target.weight,
        of("risk"),
        of("probability"),
        of("threshold"),
        of("fold").astype(np.int64),
    )
