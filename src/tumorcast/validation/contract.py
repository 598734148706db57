"""What a model must be able to do to be validated."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import Ledger, ModelInputs, State


class OutcomeModel(Protocol):
    """Anything that learns from more than one case. Only the fold executor calls `fit`.

    Constructors store, `fit` learns, learned names end in ``_``; `clone` gives an unfitted copy.
    """

    def clone(self) -> Self:
        """Return an unfitted model with the same settings."""

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn everything (imputation, selection, weights, calibration, threshold) from the rows.

        Every step that learns writes itself into `ledger` with the cases that it saw.
        """

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the probability of the event by the horizon given to `fit`, shape (n,)."""

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return a risk, higher = earlier event, shape (n,); not a probability."""

    @property
    def threshold(self) -> float:
        """A case at or above it is called positive; chosen on the rows given to `fit`."""

    def importance(self) -> dict[str, float]:
        """Return the columns that the fitted model uses and how much, by name; may be empty."""


@runtime_checkable
class ClassOutcomeModel(Protocol):
    """As `OutcomeModel`, for an endpoint of several classes."""

    def clone(self) -> Self:
        """Return an unfitted model with the same settings."""

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn everything from the rows and write every step into `ledger`."""

    def predict_class_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the probability of each class of `outcome.levels`, shape (n, classes)."""

    def importance(self) -> dict[str, float]:
        """Return the columns that the fitted model uses and how much, by name; may be empty."""


class LockableModel(OutcomeModel, Protocol):
    """A model whose whole learning is named arrays, so that it can be kept without code."""

    def state(self) -> State:
        """Return everything that was learned; with the settings it is the whole model."""

    def restore(self, state: State) -> Self:
        """Return a model with these settings that has learned `state`."""
