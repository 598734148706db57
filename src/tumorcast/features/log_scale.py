"""Columns that are positive in training, on the scale of their logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LARGEST = np.log(np.finfo(np.float64).max)


@dataclass(frozen=True)
class LogScale:
    """The logarithm of some columns, and back.

    Parameters
    ----------
    floor
        Shape (columns,). Smallest training value of a column that goes by its logarithm, which
        later values of 0 or less count as; NaN for a column that stays as it is.
    """

    floor: NDArray[np.float64]

    @classmethod
    def none(cls, n_columns: int) -> LogScale:
        """Return the scale that changes nothing."""
        return cls(np.full(n_columns, np.nan))

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> LogScale:
        """Return the scale of the columns whose known values are all positive."""
        smallest = np.nanmin(values, axis=0, initial=np.inf)
        return cls(np.where((smallest > 0) & np.isfinite(smallest), smallest, np.nan))

    def forward(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return logarithms, shape (n, columns); NaN stays."""
        logged = np.isfinite(self.floor)
        positive = np.where(values <= 0, self.floor, values)
        return np.where(logged, np.log(np.where(logged, positive, 1.0)), values)

    def backward(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values whose logarithms these are."""
        logged = np.isfinite(self.floor)
        return np.where(logged, np.exp(np.minimum(np.where(logged, values, 0.0), _LARGEST)), values)
