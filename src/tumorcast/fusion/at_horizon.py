"""A learner on times, asked for one horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import State
from tumorcast.fusion.calibration import not_certain
from tumorcast.fusion.survival_learner import SurvivalLearner


@dataclass
class AtHorizon:
    """The probability of the event by a horizon, from a learner that knows all times.

    Parameters
    ----------
    learner
        Unfitted learner.
    horizon_days
        Days; infinite asks for the last day with an event.
    """

    learner: SurvivalLearner
    horizon_days: float

    def fit(
        self,
        matrix: NDArray[np.float64],
        outcome: Outcome,
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn from all rows, also from those that are censored before the horizon.

        Raises
        ------
        ValueError
            When the outcome has no times or no row has the event.
        """
        if outcome.time_days is None:
            raise ValueError("a learner on times needs an outcome with times")
        self.learner_ = self.learner.clone().fit(
            matrix, outcome.event, outcome.time_days, groups=groups, seed=seed
        )
        return self

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of the event by the horizon, shape (n,)."""
        incidence = self.learner_.predict_incidence(matrix, np.array([self.horizon_days]))[:, 0]
        return not_certain(incidence)

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in what was learned, shape (columns,)."""
        return self.learner_.importance()

    def state(self) -> State:
        """Return the horizon and all that was learned."""
        return {**self.learner_.state(), "horizon_days": np.array(self.horizon_days)}

    @classmethod
    def restored(cls, learner: SurvivalLearner, state: State) -> Self:
        """Return what `learner`'s settings have learned according to `state`."""
        restored = cls(learner, float(state["horizon_days"]))
        restored.learner_ = learner.clone().restore(state)
        return restored
