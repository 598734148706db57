"""Everything that a model may look at: a table of features and crops of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tumorcast.features.table import FeatureTable


@dataclass(frozen=True)
class CropBlock:
    """Crops of one image around the region, one a case.

    Parameters
    ----------
    array
        Shape (n, channel, z, y, x), float16 or float32, often memory-mapped; the rows of absent
        cases are never read.
    present
        Whether the case has this image, shape (n,).
    row
        Row of `array` for each case, shape (m,); lets `rows` subset without copying.
    """

    array: NDArray[np.floating]
    present: NDArray[np.bool_]
    row: NDArray[np.int64]

    @classmethod
    def of(cls, array: NDArray[np.floating], present: NDArray[np.bool_]) -> CropBlock:
        """Return the block of all rows of `array`."""
        return cls(array, present, np.arange(len(array)))

    def __len__(self) -> int:
        return len(self.row)

    def rows(self, index: NDArray[np.int64]) -> CropBlock:
        """Return the crops of the cases at these positions, without copying voxels."""
        return CropBlock(self.array, self.present[index], self.row[index])

    def load(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the crops at these positions, shape (k, channel, z, y, x); zeros where absent."""
        crops = np.zeros((len(index), *self.array.shape[1:]), dtype=np.float32)
        for target, position in enumerate(index):
            if self.present[position]:
                crops[target] = self.array[self.row[position]]
        return crops


@dataclass(frozen=True)
class ModelInputs:
    """The features and crops of the same cases in the same order."""

    table: FeatureTable
    crops: Mapping[str, CropBlock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, block in self.crops.items():
            if len(block) != len(self.table):
                raise ValueError(f"crops '{name}': {len(block)} rows, table: {len(self.table)}")

    def __len__(self) -> int:
        return len(self.table)

    @property
    def case_ids(self) -> tuple[str, ...]:
        """Ids in the order of the rows."""
        return self.table.case_ids

    def rows(self, index: NDArray[np.int64]) -> ModelInputs:
        """Return the cases at these positions."""
        crops = {name: block.rows(index) for name, block in self.crops.items()}
        return ModelInputs(self.table.rows(index), crops)
