"""Leave out columns that hardly vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.selector import ColumnSelector


@dataclass
class NearConstantFilter(ColumnSelector):
    """Keep a column unless one of its values stands in almost all rows.

    A threshold on the variance would depend on the unit of a column and, after scaling, on
    nothing; the share of the most frequent value does not (Kuhn and Johnson, Applied Predictive
    Modeling, 2013, section 3.5). If no column varies enough, the one that varies most is kept.
    The labels are not used.

    Parameters
    ----------
    largest_share
        Largest share of rows with the same value.
    """

    largest_share: float = 0.95

    def choose(
        self,
        matrix: NDArray[np.float64],
        target: BinaryTarget | None,  # noqa: ARG002
        *,
        seed: int,  # noqa: ARG002
    ) -> NDArray[np.int64]:
        """Return the columns that vary."""
        share = np.array(
            [np.unique(column, return_counts=True)[1].max() / len(matrix) for column in matrix.T]
        )
        return np.flatnonzero(share <= max(self.largest_share, share.min()))
