"""Keep the columns that enter a lasso first."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.selector import ColumnSelector, require_target


@dataclass
class LassoSelector(ColumnSelector):
    """Keep the `k` columns that are not 0 where the lasso's path first has so many.

    The path is that of least squares on the label, exact and without random parts (Efron et al.,
    Ann Stat 2004;32:407). Rows count by their weight. Where the path ends with fewer columns,
    those are kept.

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
        """Return the columns of the path's first point with `k` of them."""
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
        from sklearn.linear_model import lars_path  # noqa: PLC0415

        known = require_target(target)
        if matrix.shape[1] <= self.k:
            return np.arange(matrix.shape[1])
        weight = known.weight / known.weight.sum()
        root = np.sqrt(weight)
        centred = (matrix - weight @ matrix) * root[:, np.newaxis]
        length = np.sqrt((centred**2).sum(axis=0))
        scaled = centred / np.where(length > 0, length, np.inf)
        label = (known.label - weight @ known.label) * root
        with warnings.catch_warnings():
            # Columns that repeat others are left out of the path, which is what is wanted here.
            warnings.simplefilter("ignore", ConvergenceWarning)
            _, _, path = lars_path(scaled, label, method="lasso", max_iter=3 * self.k)
        count = np.count_nonzero(path, axis=0)
        point = int(np.argmax(count >= min(self.k, count.max())))
        strength = np.abs(path[:, point])
        return np.flatnonzero(strength) if strength.any() else np.arange(1)
