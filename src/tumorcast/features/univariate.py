"""Keep the columns that rank the labels best one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.correlation import centred_ranks
from tumorcast.features.selector import ColumnSelector, best, require_target


@dataclass
class UnivariateSelector(ColumnSelector):
    """Keep the `k` columns with the largest absolute weighted rank correlation with the label.

    With equal weights and no ties this is the order of ``abs(AUROC - 0.5)``. Equal scores are
    broken by the table's order.

    Parameters
    ----------
    k
        Number of columns to keep; all of them if the table has fewer.
    """

    k: int = 36

    def choose(
        self,
        matrix: NDArray[np.float64],
        target: BinaryTarget | None,
        *,
        seed: int,  # noqa: ARG002
    ) -> NDArray[np.int64]:
        """Return the columns of highest correlation with the label."""
        return best(label_correlation(matrix, require_target(target)), self.k)


def label_correlation(matrix: NDArray[np.float64], target: BinaryTarget) -> NDArray[np.float64]:
    """Return the absolute weighted rank correlation of every column with the label.

    It is the covariance divided by the column's spread alone, as the label's is the same for all.
    """
    counted = target.weight > 0
    weight = target.weight[counted] / target.weight[counted].sum()
    ranks = centred_ranks(matrix[counted])
    ranks -= weight @ ranks
    label = target.label[counted] - weight @ target.label[counted]
    spread = np.sqrt(weight @ ranks**2)
    covariance = np.abs((weight * label) @ ranks)
    return np.asarray(covariance / np.where(spread > 0, spread, np.inf))
