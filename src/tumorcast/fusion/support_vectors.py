"""A support vector machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from tumorcast.features import State
from tumorcast.fusion.learner import shares
from tumorcast.fusion.score_learner import ScoreLearner


@dataclass
class SupportVectorLearner(ScoreLearner):
    """Support vector machine with a Gaussian kernel, by default of the usual width.

    Parameters
    ----------
    cost
        Price of a row on the wrong side of the margin.
    gamma
        How fast the kernel falls with the squared distance, as a multiple of one over the number
        of columns and their variance.
    """

    cost: float = 1.0
    gamma: float = 1.0

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> None:
        """Learn the support vectors; nothing is random."""
        from sklearn.svm import SVC  # noqa: PLC0415

        variance = float(matrix.var()) or 1.0
        self.gamma_ = self.gamma / (matrix.shape[1] * variance)
        fitted = SVC(C=self.cost, gamma=self.gamma_).fit(matrix, label, weight)
        self.vectors_ = np.asarray(fitted.support_vectors_)
        self.dual_ = np.asarray(fitted.dual_coef_)[0]
        self.intercept_ = float(fitted.intercept_[0])

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the signed distance from the margin's middle."""
        return np.asarray(self._kernel(matrix) @ self.dual_ + self.intercept_)

    def _kernel(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.exp(-self.gamma_ * cdist(matrix, self.vectors_, "sqeuclidean")))

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the score's mean slope at the support vectors."""
        if not self.n_columns_:
            return np.zeros(0)
        pull = self._kernel(self.vectors_) * self.dual_
        slope = pull @ self.vectors_ - pull.sum(axis=1, keepdims=True) * self.vectors_
        return shares(np.abs(slope).mean(axis=0))

    def learned(self) -> State:
        """Return support vectors, their coefficients, the intercept and the kernel's width."""
        return {
            "vectors": self.vectors_,
            "dual": self.dual_,
            "intercept": np.array(self.intercept_),
            "gamma": np.array(self.gamma_),
        }

    def recall(self, state: State) -> None:
        """Take over what was learned."""
        self.vectors_ = state["vectors"].astype(np.float64)
        self.dual_ = state["dual"].astype(np.float64)
        self.intercept_ = float(state["intercept"])
        self.gamma_ = float(state["gamma"])
