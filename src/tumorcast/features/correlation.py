"""Leave out columns that say again what an earlier one says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.selector import ColumnSelector


@dataclass
class CorrelationFilter(ColumnSelector):
    """Keep a column unless its rank correlation with one already kept is above a threshold.

    Columns are visited in the table's order, so of two that say the same the simpler one stays:
    shape and first-order before texture, the original image before its filtered versions. The
    labels are not used, which makes the choice steadier over folds than a supervised one.

    Correlation is Spearman's, without weights: monotone transforms (a logarithm) and outliers do
    not matter. Ranks are doubled and centred into whole numbers, whose products add up exactly,
    so the result does not depend on the order of the rows in the last bit either.

    Parameters
    ----------
    threshold
        Largest absolute correlation between two columns that are both kept.
    """

    threshold: float = 0.9

    def choose(
        self,
        matrix: NDArray[np.float64],
        target: BinaryTarget | None,  # noqa: ARG002
        *,
        seed: int,  # noqa: ARG002
    ) -> NDArray[np.int64]:
        """Return the columns that repeat no earlier one."""
        similar = np.abs(spearman(matrix)) > self.threshold
        alive = np.ones(len(similar), dtype=bool)
        for column in range(len(similar)):
            if alive[column]:
                alive[column + 1 :] &= ~similar[column, column + 1 :]
        return np.flatnonzero(alive)


def spearman(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Spearman's rank correlation of every pair of columns, 0 with a constant column."""
    ranks = centred_ranks(matrix)
    products = ranks.T @ ranks
    norm = np.sqrt(np.diag(products))
    scale = np.where(norm > 0, norm, np.inf)
    return np.asarray(products / scale[:, np.newaxis] / scale)


def centred_ranks(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return twice the average rank minus its mean, whole numbers, shape of `matrix`."""
    n = len(matrix)
    columns = np.ascontiguousarray(matrix.T)
    order = np.argsort(columns, axis=1)
    ordered = np.take_along_axis(columns, order, axis=1)
    starts = np.ones(columns.shape, dtype=bool)
    starts[:, 1:] = ordered[:, 1:] > ordered[:, :-1]
    ends = np.ones(columns.shape, dtype=bool)
    ends[:, :-1] = starts[:, 1:]
    position = np.arange(n, dtype=np.float64)
    first = np.maximum.accumulate(np.where(starts, position, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, position, n)[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty_like(columns)
    np.put_along_axis(ranks, order, first + last - (n - 1), axis=1)
    return ranks.T
