"""Gaussian naive Bayes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State
from tumorcast.fusion.learner import shares
from tumorcast.fusion.score_learner import ScoreLearner

_LEAST_VARIANCE = 1e-30
"""Of a column in a class where no column varies at all, so that no smoothing widens it."""
_LEAST_LOG_DENSITY = -1e15
"""No row is thought less likely: of two classes that both rule it out neither is preferred."""


@dataclass
class NaiveBayesLearner(ScoreLearner):
    """Normal densities of every column in each class, multiplied as if columns were independent.

    Radiomics columns are not, which makes the product far too sure; the recalibration of
    `ScoreLearner` takes that back.

    Parameters
    ----------
    smoothing
        Share of the largest variance of a column that is added to all variances.
    """

    smoothing: float = 1e-9

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> None:
        """Learn means and variances; nothing is random."""
        from sklearn.naive_bayes import GaussianNB  # noqa: PLC0415

        fitted = GaussianNB(var_smoothing=self.smoothing).fit(matrix, label, weight)
        self.mean_ = np.asarray(fitted.theta_)
        self.variance_ = np.maximum(np.asarray(fitted.var_), _LEAST_VARIANCE)

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-likelihood ratio of the classes."""
        squared = (matrix[:, np.newaxis] - self.mean_) ** 2
        log_density = -0.5 * (squared / self.variance_ + np.log(self.variance_)).sum(axis=2)
        log_density = np.maximum(log_density, _LEAST_LOG_DENSITY)
        return np.asarray(log_density[:, 1] - log_density[:, 0])

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the summed distances of the class means."""
        if not self.n_columns_:
            return np.zeros(0)
        distance = np.abs(self.mean_[1] - self.mean_[0])
        return shares(distance / np.sqrt(self.variance_.mean(axis=0)))

    def learned(self) -> State:
        """Return means and variances, the row of the event second."""
        return {"mean": self.mean_, "variance": self.variance_}

    def recall(self, state: State) -> None:
        """Take over means and variances."""
        self.mean_ = state["mean"].astype(np.float64)
        self.variance_ = state["variance"].astype(np.float64)
