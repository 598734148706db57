"""A small fully connected network on the columns."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State
from tumorcast.fusion.learner import shares
from tumorcast.fusion.score_learner import ScoreLearner


@dataclass
class PerceptronLearner(ScoreLearner):
    """Mean log-odds of a few networks with one hidden layer and weight decay.

    Parameters
    ----------
    n_hidden
        Hidden units.
    decay
        Weight decay (L2).
    n_networks
        Networks from different starts, whose log-odds are averaged.
    """

    n_hidden: int = 8
    decay: float = 5.0
    n_networks: int = 5

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,
    ) -> None:
        """Learn the weights from starts that the seed decides."""
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
        from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

        networks = []
        for number in range(self.n_networks):
            network = MLPClassifier(
                (self.n_hidden,),
                activation="tanh",
                solver="lbfgs",
                alpha=self.decay,
                max_iter=200,
                random_state=(seed + number) % 2**32,
            )
            with warnings.catch_warnings():
                # A network stopped early is a network stopped early, not a fault.
                warnings.simplefilter("ignore", ConvergenceWarning)
                networks.append(network.fit(matrix, label, weight))
        self.inner_ = np.stack([network.coefs_[0] for network in networks])
        self.inner_intercept_ = np.stack([network.intercepts_[0] for network in networks])
        self.outer_ = np.stack([network.coefs_[1][:, 0] for network in networks])
        self.outer_intercept_ = np.array([network.intercepts_[1][0] for network in networks])

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean log-odds of the networks."""
        hidden = np.tanh(matrix @ self.inner_ + self.inner_intercept_[:, np.newaxis])
        log_odds = (hidden @ self.outer_[:, :, np.newaxis])[:, :, 0]
        return np.asarray((log_odds + self.outer_intercept_[:, np.newaxis]).mean(axis=0))

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the products of weights (Olden's connections)."""
        if not self.n_columns_:
            return np.zeros(0)
        connections = (self.inner_ @ self.outer_[:, :, np.newaxis])[:, :, 0]
        return shares(np.abs(connections.mean(axis=0)))

    def learned(self) -> State:
        """Return the weights of the networks."""
        return {
            "inner": self.inner_,
            "inner_intercept": self.inner_intercept_,
            "outer": self.outer_,
            "outer_intercept": self.outer_intercept_,
        }

    def recall(self, state: State) -> None:
        """Take over the weights."""
        self.inner_ = state["inner"].astype(np.float64)
        self.inner_intercept_ = state["inner_intercept"].astype(np.float64)
        self.outer_ = state["outer"].astype(np.float64)
        self.outer_intercept_ = state["outer_intercept"].astype(np.float64)
