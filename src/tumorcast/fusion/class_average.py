"""Late fusion for several classes: the mean of what models on different blocks say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import Ledger, ModelInputs, State
from tumorcast.fusion.chosen import Candidate
from tumorcast.fusion.class_model import require_classes
from tumorcast.fusion.members import (
    fitted_members,
    mean_importance,
    members_state,
    restored_members,
)


class ClassMember(Candidate, Protocol):
    """A model of several classes that can be part of a late fusion."""

    def predict_class_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, shape (n, classes)."""


@dataclass
class ClassAverage:
    """The mean of the members' calibrated probabilities, over the members whose block a case has.

    Every member counts alike, learns from the cases that have its block and is asked about such
    cases only. A case with no block at all gets the training rows' share of each class.

    Parameters
    ----------
    members
        Unfitted models by name.
    """

    members: Mapping[str, ClassMember]

    def clone(self) -> Self:
        """Return an unfitted average of unfitted members."""
        return type(self)({name: member.clone() for name, member in self.members.items()})

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Self:
        """Learn every member and the shares of the classes.

        Raises
        ------
        StudyRefusedError
            ``END-15`` when the rows, or the cases of a member, lack a class.
        """
        require_classes(outcome)
        self.members_ = fitted_members(
            self.members, inputs, outcome, horizon_days=horizon_days, seed=seed, ledger=ledger
        )
        self.shares_ = np.bincount(outcome.event, minlength=len(outcome.levels)) / len(outcome)
        ledger.record("calibrate", inputs.case_ids, {"shares": self.shares_})
        return self

    def predict_class_probability(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the mean probability of each class, shape (n, classes)."""
        total, speak = np.zeros((len(inputs), len(self.shares_))), np.zeros(len(inputs))
        for member in self.members_.values():
            rows = np.flatnonzero(member.covers(inputs))
            if len(rows):
                total[rows] += member.predict_class_probability(inputs.rows(rows))
                speak[rows] += 1
        mean = total / np.maximum(speak, 1)[:, np.newaxis]
        return np.where(speak[:, np.newaxis] > 0, mean, self.shares_)

    def importance(self) -> dict[str, float]:
        """Return the mean over the members of each name's share."""
        n_members = len(self.members_)
        return mean_importance(self.members_, [1 / n_members] * n_members)

    def state(self) -> State:
        """Return what the members have learned and the shares of the classes."""
        return {**members_state(self.members_), "shares": self.shares_}

    def restore(self, state: State) -> Self:
        """Return an average of these members that has learned `state`."""
        restored = self.clone()
        restored.members_ = restored_members(self.members, state)
        restored.shares_ = state["shares"].astype(np.float64)
        return restored
