"""Boosted stumps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State
from tumorcast.fusion.learner import shares
from tumorcast.fusion.score_learner import ScoreLearner

if TYPE_CHECKING:
    from sklearn.tree._tree import Tree


@dataclass
class AdaBoostLearner(ScoreLearner):
    """Adaptive boosting of one-split trees (Freund and Schapire, J Comput Syst Sci 1997;55:119).

    Where no stump is better than chance none is learned, and every score is 0.

    Parameters
    ----------
    n_stumps
        Most stumps.
    learning_rate
        Factor on every stump's vote.
    """

    n_stumps: int = 50
    learning_rate: float = 0.5

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,
    ) -> None:
        """Learn the stumps; the seed decides between splits that are equally good."""
        stumps = self._stumps(matrix, label, weight, seed)
        split = [(tree, vote) for tree, vote in stumps if tree.node_count == 3]
        self.column_ = np.array([tree.feature[0] for tree, _ in split], dtype=np.int64)
        self.cut_ = np.array([tree.threshold[0] for tree, _ in split], dtype=np.float64)
        self.below_ = np.array(
            [vote * _call(tree, leaf=1) for tree, vote in split], dtype=np.float64
        )
        self.above_ = np.array(
            [vote * _call(tree, leaf=2) for tree, vote in split], dtype=np.float64
        )

    def _stumps(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        seed: int,
    ) -> list[tuple[Tree, float]]:
        """Return the trees and their votes, some of which may be a leaf alone."""
        from sklearn.ensemble import AdaBoostClassifier  # noqa: PLC0415

        boosting = AdaBoostClassifier(
            n_estimators=self.n_stumps, learning_rate=self.learning_rate, random_state=seed
        )
        try:
            boosting.fit(matrix, label, weight)
        except ValueError as error:
            # This is how scikit-learn says that the first stump is no better than chance.
            if "worse than random" not in str(error):
                raise
            return []
        trees = [stump.tree_ for stump in boosting.estimators_]
        votes = np.asarray(boosting.estimator_weights_)[: len(trees)]
        return list(zip(trees, votes.tolist(), strict=True))

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the votes of the stumps."""
        above = matrix.astype(np.float32)[:, self.column_] > self.cut_
        return np.asarray(np.where(above, self.above_, self.below_).sum(axis=1))

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the votes."""
        votes = np.zeros(self.n_columns_)
        if self.n_columns_:
            np.add.at(votes, self.column_, np.abs(self.above_ - self.below_))
        return shares(votes)

    def learned(self) -> State:
        """Return column, cut and the votes on either side of every stump."""
        return {
            "column": self.column_,
            "cut": self.cut_,
            "below": self.below_,
            "above": self.above_,
        }

    def recall(self, state: State) -> None:
        """Take over the stumps."""
        self.column_ = state["column"].astype(np.int64)
        self.cut_ = state["cut"].astype(np.float64)
        self.below_ = state["below"].astype(np.float64)
        self.above_ = state["above"].astype(np.float64)


def _call(tree: Tree, leaf: int) -> float:
    """Return 1 where more weight has the event, -1 where less."""
    without, events = tree.value[leaf, 0]
    return 1.0 if events > without else -1.0
