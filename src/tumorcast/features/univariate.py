"""Keep the columns that rank the labels best one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

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

    def clone(self) -> Self:
        """Return an unfitted selector with the same number of columns."""
        return type(self)(self.k)

    def choose(
        self,
        matrix: NDArray[np.float64],
        target: BinaryTarget | None,
        *,
        seed: int,  # noqa: ARG002
    ) -> NDArray[np.int64]:
        """Return the columns of highest correlation with the label."""
        known = require_target(target)
        counted = known.weight > 0
        weight = known.weight[counted] / known.weight[counted].sum()
        ranks = centred_ranks(matrix[counted])
        ranks -= weight @ ranks
        label = known.label[counted] - weight @ known.label[counted]
        spread = np.sqrt(weight @ ranks**2)
        covariance = np.abs((weight * label) @ ranks)
        return best(covariance / np.where(spread > 0, spread, np.inf), self.k)
