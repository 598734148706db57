"""A random forest on selected columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import Forest, State
from tumorcast.fusion.learner import counted_rows


@dataclass
class ForestLearner:
    """Random forest whose probabilities are kept off 0 and 1.

    A forest of T trees cannot tell probabilities below about 1 / T apart, so its mean vote v is
    given as (T v + 1/2) / (T + 1).

    Parameters
    ----------
    n_trees
        Number of trees.
    min_rows
        Fewest distinct training rows in a leaf.
    tries
        Columns that a node tries; ``None`` for the square root of their number.
    """

    n_trees: int = 300
    min_rows: int = 5
    tries: int | None = None

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""
        return type(self)(self.n_trees, self.min_rows, self.tries)

    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,
    ) -> Self:
        """Grow the trees; the seed decides bootstrap samples and the columns that nodes try.

        Raises
        ------
        ValueError
            When the rows that count are of one class.
        """
        counted, mean_one = counted_rows(label, weight)
        self.forest_ = Forest.grow(
            matrix[counted],
            label[counted],
            mean_one,
            n_trees=self.n_trees,
            min_rows=self.min_rows,
            tries=self.tries,
            seed=seed,
        )
        return self

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of the event, shape (n,)."""
        vote = self.forest_.predict_probability(matrix)
        return (self.n_trees * vote + 0.5) / (self.n_trees + 1)

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the decrease in impurity."""
        return self.forest_.importance

    def state(self) -> State:
        """Return the arrays of the forest."""
        return self.forest_.state()

    def restore(self, state: State) -> Self:
        """Return a learner that has learned `state`."""
        restored = self.clone()
        restored.forest_ = Forest.restore(state)
        return restored
