"""A sum of columns of which only the signs are learned, from times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State, part_of
from tumorcast.features.partial_likelihood import PartialLikelihood
from tumorcast.fusion.cox import CoxLearner
from tumorcast.fusion.learner import shares
from tumorcast.fusion.sign_score import signs_of_bag


@dataclass
class SignHazardLearner:
    """As `SignScoreLearner`, with the sign of a column's association with the hazard.

    In place of the label stands the martingale residual, the events that a row had less those
    that its time at risk would have brought it (Therneau, Grambsch and Fleming, Biometrika
    1990;77:147). So rows count up to their last day, and competing events as censored. A ridge
    Cox regression on the score alone gives the scale and the baseline hazard.

    Parameters
    ----------
    n_bags
        Number of bags.
    association
        Largest first threshold that a bag may draw.
    """

    n_bags: int = 200
    association: float = 0.2

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""
        return type(self)(self.n_bags, self.association)

    def fit(
        self,
        matrix: NDArray[np.float64],
        event: NDArray[np.int64],
        time_days: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn signs, membership and the hazard of the score.

        Raises
        ------
        ValueError
            When no row has the event.
        """
        had_event = event == 1
        random = np.random.default_rng(seed)
        total = np.zeros(matrix.shape[1])
        for _ in range(self.n_bags if matrix.shape[1] else 0):
            rows = random.choice(len(event), len(event))
            residual = martingale_residual(had_event[rows], time_days[rows])
            total += signs_of_bag(matrix[rows], residual, self.association, random)
        self.coefficients_ = total / self.n_bags
        hazard = CoxLearner(l1_ratio=0.0)
        score = self._score(matrix)
        self.hazard_ = hazard.fit(score, event, time_days, groups=groups, seed=seed)
        return self

    def _score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score as the one column of the Cox regression, shape (n, 1)."""
        return np.asarray(matrix @ self.coefficients_)[:, np.newaxis]

    def predict_risk(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log hazard ratio to a case with the mean score, shape (n,)."""
        return self.hazard_.predict_risk(self._score(matrix))

    def predict_incidence(
        self, matrix: NDArray[np.float64], times_days: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability of the event by each of the times, shape (n, times)."""
        return self.hazard_.predict_incidence(self._score(matrix), times_days)

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the sum of absolute coefficients."""
        return shares(np.abs(self.coefficients_))

    def state(self) -> State:
        """Return the columns' coefficients and the hazard of the score."""
        hazard = {f"hazard/{name}": value for name, value in self.hazard_.state().items()}
        return {"coefficients": self.coefficients_, **hazard}

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""
        restored = self.clone()
        restored.coefficients_ = state["coefficients"].astype(np.float64)
        restored.hazard_ = CoxLearner(l1_ratio=0.0).restore(part_of(state, "hazard"))
        return restored


def martingale_residual(
    had_event: NDArray[np.bool_], time_days: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the event less the cumulative hazard of all rows on a row's last day, shape (n,).

    It is the derivative of the log partial likelihood, by the row's linear predictor, where all
    have the same; with ties, that of Efron's rule.
    """
    if not had_event.any():
        return np.zeros(len(had_event))
    return PartialLikelihood.of(had_event, time_days).gradient(np.zeros(len(had_event)))
