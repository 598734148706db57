"""Features of the same cases, measured again on perturbed outlines, grids and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.features.mapped import MappedArray


@dataclass(frozen=True)
class PerturbedBlock:
    """Several measurements of each case, for some of the columns of a table.

    Parameters
    ----------
    array
        Shape (n, repeats, columns), float64, usually a `MappedArray`; NaN where a case has no
        value.
    columns
        Names of the columns.
    row
        Row of `array` for each case, shape (m,); lets `rows` subset without copying.
    """

    array: NDArray[np.float64] | MappedArray
    columns: tuple[str, ...]
    row: NDArray[np.int64]

    @classmethod
    def of(cls, array: NDArray[np.float64] | MappedArray, columns: Sequence[str]) -> PerturbedBlock:
        """Return the block of all rows of `array`."""
        return cls(array, tuple(columns), np.arange(len(array)))

    def __len__(self) -> int:
        return len(self.row)

    def rows(self, index: NDArray[np.int64]) -> PerturbedBlock:
        """Return the cases at these positions, without copying values."""
        return PerturbedBlock(self.array, self.columns, self.row[index])

    def load(self, columns: Sequence[str]) -> NDArray[np.float64]:
        """Return the values of these columns, shape (m, repeats, len(columns))."""
        place = {name: number for number, name in enumerate(self.columns)}
        wanted = [place[name] for name in columns]
        values = np.empty((len(self), self.array.shape[1], len(wanted)))
        for position, row in enumerate(self.row):
            values[position] = self.array[int(row)][:, wanted]
        return values
