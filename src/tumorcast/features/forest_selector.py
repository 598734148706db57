"""Keep the columns that a random forest relies on most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.forest import Forest
from tumorcast.features.selector import ColumnSelector, best, require_target


@dataclass
class ForestSelector(ColumnSelector):
    """Keep the `k` columns with the largest mean decrease in impurity in a random forest.

    Rows of weight 0 are left out; the others count by their weight. Equal importances are broken
    by the table's order.

    Parameters
    ----------
    k
        Number of columns to keep; all of them if the table has fewer.
    n_trees
        Number of trees.
    min_rows
        Fewest distinct training rows in a leaf.
    """

    k: int = 36
    n_trees: int = 200
    min_rows: int = 5

    def choose(
        self, matrix: NDArray[np.float64], target: BinaryTarget | None, *, seed: int
    ) -> NDArray[np.int64]:
        """Return the columns of highest importance."""
        if matrix.shape[1] <= self.k:
            return np.arange(matrix.shape[1])
        known = require_target(target)
        forest = Forest.grow(
            matrix,
            known.label,
            known.weight,
            n_trees=self.n_trees,
            min_rows=self.min_rows,
            seed=seed,
        )
        return best(forest.importance, self.k)
