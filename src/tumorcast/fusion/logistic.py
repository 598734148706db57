"""Logistic regression for small cohorts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tumorcast.features import State
from tumorcast.fusion.learner import counted_rows, shares
from tumorcast.fusion.ridge import PENALTIES, fit_ridge_logistic


@dataclass
class LogisticLearner:
    """Ridge logistic regression; leaving out each patient chooses the penalty unless it is given.

    With as many columns as events, as after a selection to 36 in a cohort with 40 events, a fixed
    small penalty overfits and a fixed large one wastes what a few clinical columns know. See
    `fit_ridge_logistic`. Labels that the columns separate are no trouble: the penalty is never 0.

    Parameters
    ----------
    penalty
        Half of it times the sum of squared coefficients is added to the negative log-likelihood;
        ``None`` lets leaving out each patient choose.
    """

    penalty: float | None = None

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""
        return type(self)(self.penalty)

    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,  # noqa: ARG002
    ) -> Self:
        """Learn the coefficients; nothing is random.

        Raises
        ------
        ValueError
            When the rows that count are of one class.
        """
        counted, mean_one = counted_rows(label, weight)
        penalties = PENALTIES if self.penalty is None else (self.penalty,)
        fit = fit_ridge_logistic(
            matrix[counted], label[counted], mean_one, groups[counted], penalties
        )
        self.coefficients_ = fit.coefficients
        self.penalty_ = fit.penalty
        return self

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of the event, shape (n,)."""
        return np.asarray(expit(matrix @ self.coefficients_[1:] + self.coefficients_[0]))

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the sum of absolute coefficients."""
        return shares(np.abs(self.coefficients_[1:]))

    def state(self) -> State:
        """Return the coefficients, the intercept first, and the chosen penalty."""
        return {"coefficients": self.coefficients_, "penalty": np.array(self.penalty_)}

    def restore(self, state: State) -> Self:
        """Return a learner that has learned `state`."""
        restored = self.clone()
        restored.coefficients_ = state["coefficients"].astype(np.float64)
        restored.penalty_ = float(state["penalty"])
        return restored
