"""Keep the columns that a forest finds more useful than shuffled ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from tumorcast.cohort import BinaryTarget
from tumorcast.features.forest import Forest
from tumorcast.features.selector import ColumnSelector, best, require_target

_SIGNIFICANCE = 0.05


@dataclass
class BorutaSelector(ColumnSelector):
    """All-relevant selection (Kursa and Rudnicki, J Stat Softw 2010;36(11)).

    In every round each column gets a shadow, itself with its rows shuffled, and a column whose
    importance is above that of the best shadow scores a hit. Kept are columns with more hits than
    chance gives (binomial test at 5%, Bonferroni over the columns), the `k` with most hits if
    there are more; if there is none, the column with the most hits. Equal hits are ordered by
    mean importance. Costs `n_rounds` forests on twice the columns.

    Parameters
    ----------
    k
        Most columns to keep.
    n_rounds
        Number of forests.
    n_trees
        Number of trees of one.
    """

    k: int = 36
    n_rounds: int = 25
    n_trees: int = 100

    def choose(
        self, matrix: NDArray[np.float64], target: BinaryTarget | None, *, seed: int
    ) -> NDArray[np.int64]:
        """Return the columns that beat their shadows."""
        known = require_target(target)
        random = np.random.default_rng(seed)
        n_columns = matrix.shape[1]
        hits, importance = np.zeros(n_columns), np.zeros(n_columns)
        for _ in range(self.n_rounds):
            forest = Forest.grow(
                np.hstack([matrix, random.permuted(matrix, axis=0)]),
                known.label,
                known.weight,
                n_trees=self.n_trees,
                min_rows=5,
                seed=int(random.integers(2**31)),
            )
            own, shadow = np.split(forest.importance, 2)
            hits += own > shadow.max()
            importance += own
        chance = bdtrc(hits - 1, self.n_rounds, 0.5)
        relevant = int(np.count_nonzero(chance < _SIGNIFICANCE / n_columns))
        order = hits + importance / (importance.sum() + 1)
        return best(order, min(self.k, max(relevant, 1)))
