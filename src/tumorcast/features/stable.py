"""Keep the columns that another outline, grid or noise would hardly change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.selector import ColumnSelector, best
from tumorcast.features.table import FeatureTable
from tumorcast.metrics import intraclass_correlation


@dataclass
class StableSelector(ColumnSelector):
    """Keep a column unless single measurements of it agree too little, by ICC(1,1).

    The agreement is computed from the perturbations of the rows given to `fit` and of no other
    case; the labels are not used. A column that was not perturbed (a clinical value) is kept; one
    whose agreement is not defined, because it is constant, is not. Where no column would be left,
    the one of highest agreement is kept.

    Parameters
    ----------
    min_icc
        Smallest ICC(1,1) of a column that is kept.

    References
    ----------
    Zwanenburg et al., Assessing robustness of radiomic features by image perturbation, Sci Rep
    2019;9:614.
    """

    min_icc: float = 0.75

    def choose_from(
        self,
        table: FeatureTable,
        target: BinaryTarget | None,
        *,
        seed: int,
    ) -> NDArray[np.int64]:
        """Return the columns that are stable or were not perturbed."""
        everything = super().choose_from(table, target, seed=seed)
        icc = agreement(table)
        found = np.array([icc.get(name, np.inf) for name in table.columns])
        found = np.where(np.isnan(found), -np.inf, found)
        stable = np.flatnonzero(found >= self.min_icc)
        return stable if stable.size or not everything.size else best(found, 1)

    def choose(
        self,
        matrix: NDArray[np.float64],
        target: BinaryTarget | None,  # noqa: ARG002
        *,
        seed: int,  # noqa: ARG002
    ) -> NDArray[np.int64]:
        """Return every column: without perturbations none is known to be unstable."""
        return np.arange(matrix.shape[1])


def agreement(table: FeatureTable) -> dict[str, float]:
    """Return the ICC(1,1) of each column of a table that was perturbed, over its rows."""
    known: dict[str, float] = {}
    for block in table.perturbed:
        columns = [name for name in table.columns if name in set(block.columns)]
        found = intraclass_correlation(block.load(columns), "ICC(1,1)")
        known |= dict(zip(columns, found.value.tolist(), strict=True))
    return known
