"""A model that learns from part of its rows: what the others are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import Ledger, ModelInputs
from tumorcast.validation.contract import OutcomeModel


@dataclass
class PartOf:
    """An outcome model that is fitted on a share of the patients that it is given.

    The share is drawn among patients with the event by the horizon, without it and of unknown
    state alike. With the same seed a smaller share is part of a larger one.

    Parameters
    ----------
    model
        Unfitted.
    share
        Of the patients, above 0 and at most 1.
    """

    model: OutcomeModel
    share: float

    def clone(self) -> Self:
        """Return an unfitted model with the same settings."""
        return type(self)(self.model.clone(), self.share)

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Draw the rows and fit the model on them."""
        rows = part_of_rows(inputs.groups, outcome, horizon_days, self.share, seed)
        self.model_ = self.model.clone().fit(
            inputs.rows(rows), outcome.rows(rows), horizon_days=horizon_days, seed=seed,
            ledger=ledger,
        )  # fmt: skip
        return self

    def predict_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the probability of the event by the horizon, shape (n,)."""
        return self.model_.predict_probability(inputs)

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return a risk, higher = earlier event, shape (n,)."""
        return self.model_.predict_risk(inputs)

    @property
    def threshold(self) -> float:
        """A case at or above it is called positive."""
        return self.model_.threshold

    def importance(self) -> dict[str, float]:
        """Return the columns that the fitted model uses."""
        return self.model_.importance()


def part_of_rows(
    patients: tuple[str, ...], outcome: Outcome, horizon_days: float, share: float, seed: int
) -> NDArray[np.int64]:
    """Return the rows of a share of the patients, ascending; at least one patient of each state."""
    target = outcome.binary_at(horizon_days)
    state = np.where(target.weight > 0, target.label, 2)
    names, patient = np.unique(np.array(patients, dtype=np.str_), return_inverse=True)
    of_patient = np.zeros(len(names), dtype=np.int64)
    for kind in (2, 0, 1):
        of_patient[patient[state == kind]] = kind
    kept = np.zeros(len(names), dtype=np.bool_)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    for kind in range(3):
        of_kind = shuffled[of_patient[shuffled] == kind]
        kept[of_kind[: max(1, round(share * len(of_kind)))]] = True
    return np.flatnonzero(kept[patient])
