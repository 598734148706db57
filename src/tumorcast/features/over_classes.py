"""Select for each of several classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import EVER_DAYS, BinaryTarget
from tumorcast.features.selector import ColumnSelector


@dataclass
class OverClasses(ColumnSelector):
    """Let a selector choose for each class against all others, each class as many columns.

    With `k` columns to keep and c classes each class brings the k / c that separate it best; what
    several bring is kept once, so that `k` is the most. For an event that is no class among
    several this is the selector itself.

    Parameters
    ----------
    make
        Returns a selector that keeps so many columns.
    k
        Most columns to keep.
    """

    make: Callable[[int], ColumnSelector]
    k: int

    def choose(
        self, matrix: NDArray[np.float64], target: BinaryTarget | None, *, seed: int
    ) -> NDArray[np.int64]:
        """Return the columns of all classes."""
        outcome = None if target is None else target.outcome
        if outcome is None or not outcome.levels:
            return self.make(self.k).choose(matrix, target, seed=seed)
        if matrix.shape[1] <= self.k:
            return np.arange(matrix.shape[1])
        n_classes = len(outcome.levels)
        of_each = self.make(max(self.k // n_classes, 1))
        chosen = [
            of_each.choose(matrix, outcome.of_class(number).binary_at(EVER_DAYS), seed=seed)
            for number in range(n_classes)
        ]
        return np.unique(np.concatenate(chosen))
