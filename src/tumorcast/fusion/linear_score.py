"""The common part of learners whose score is a weighted sum of the columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State
from tumorcast.fusion.learner import shares
from tumorcast.fusion.score_learner import ScoreLearner


class LinearScoreLearner(ScoreLearner):
    """Columns times ``coefficients_`` plus ``intercept_``; `learn` sets both.

    The calibration would make up for any intercept, were it not learned from the scores of other
    fits than the one that it is used on: without one, each would have its own origin.
    """

    coefficients_: NDArray[np.float64]
    intercept_: float

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weighted sum of the columns."""
        return np.asarray(matrix @ self.coefficients_ + self.intercept_)

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the sum of absolute coefficients."""
        return shares(np.abs(self.coefficients_)) if self.n_columns_ else np.zeros(0)

    def learned(self) -> State:
        """Return coefficients and intercept."""
        return {"coefficients": self.coefficients_, "intercept": np.array(self.intercept_)}

    def recall(self, state: State) -> None:
        """Take over coefficients and intercept."""
        self.intercept_ = float(state["intercept"])
        self.coefficients_ = state["coefficients"].astype(np.float64)
