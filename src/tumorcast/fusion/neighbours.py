"""The nearest training rows vote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import logit

from tumorcast.features import State
from tumorcast.fusion.score_learner import ScoreLearner


@dataclass
class NeighboursLearner(ScoreLearner):
    """Weighted share of events among the `k` nearest rows (Euclidean).

    Parameters
    ----------
    k
        Rows that vote; all of them if there are fewer.
    """

    k: int = 15

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> None:
        """Keep the rows; nothing is random."""
        self.matrix_, self.label_, self.weight_ = matrix, label, weight

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-odds of the vote, drawn towards the prevalence by one vote."""
        k = min(self.k, len(self.label_))
        nearest = np.argsort(cdist(matrix, self.matrix_), axis=1, kind="stable")[:, :k]
        weight = self.weight_[nearest]
        share = float(np.average(self.label_, weights=self.weight_))
        votes = (weight * self.label_[nearest]).sum(axis=1)
        return np.asarray(logit((votes + share) / (weight.sum(axis=1) + 1)))

    def importance(self) -> NDArray[np.float64]:
        """Return equal shares: a distance uses all columns alike."""
        return np.full(self.n_columns_, 1 / max(self.n_columns_, 1))

    def learned(self) -> State:
        """Return the training rows."""
        return {"matrix": self.matrix_, "label": self.label_, "weight": self.weight_}

    def recall(self, state: State) -> None:
        """Take over the training rows."""
        self.matrix_ = state["matrix"].astype(np.float64)
        self.label_ = state["label"].astype(np.int64)
        self.weight_ = state["weight"].astype(np.float64)
