"""Predictions of one arm about several classes as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.validation.predictions import Predictions
from tumorcast.validation.training_spread import training_spread

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClassScores:
    """Out-of-fold predictions of one arm.

    Parameters
    ----------
    cases, patients
        Shape (n,).
    levels
        Names of the classes.
    label
        Position of the class of each case, shape (n,).
    repeats
        Numbers of the repeats, ascending, shape (r,).
    risk, probability
        Shape (r, n, classes).
    fold
        In which each case was tested; shape (r, n).
    """

    cases: tuple[str, ...]
    patients: tuple[str, ...]
    levels: tuple[str, ...]
    label: NDArray[np.int64]
    repeats: tuple[int, ...]
    risk: Floats
    probability: Floats
    fold: NDArray[np.int64]

    @property
    def spread(self) -> float:
        """By how much intervals over the patients are widened, see `training_spread`."""
        return training_spread(self.fold)

    def called(self, row: int) -> NDArray[np.int64]:
        """Return the likeliest class of each case in one repeat; of equals the first."""
        return np.asarray(self.probability[row].argmax(axis=1), dtype=np.int64)


def class_scores_of(predictions: Predictions, arm: str) -> ClassScores:
    """Return the predictions of an arm, its cases in alphabetical order."""
    frame, levels = predictions.of(arm, predictions.horizons_days[0]), predictions.levels
    place = frame["class"].map(levels.index)
    frame = frame.assign(place=place).sort_values(["repeat", "case", "place"], kind="stable")
    repeats = tuple(int(repeat) for repeat in frame["repeat"].unique())
    about = frame[frame["repeat"] == repeats[0]].iloc[:: len(levels)]
    shape = (len(repeats), len(about), len(levels))
    event = frame["event"].to_numpy(np.int64).reshape(shape)[0]
    return ClassScores(
        tuple(str(case) for case in about["case"]),
        tuple(str(patient) for patient in about["patient"]),
        levels,
        np.asarray(event.argmax(axis=1), dtype=np.int64),
        repeats,
        frame["risk"].to_numpy(np.float64).reshape(shape),
        frame["probability"].to_numpy(np.float64).reshape(shape),
        frame["fold"].to_numpy(np.int64).reshape(shape)[:, :, 0],
    )
