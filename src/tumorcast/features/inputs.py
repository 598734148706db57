"""Everything that a model may look at: a table of features and crops of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tumorcast.features.mapped import MappedArray
from tumorcast.features.table import FeatureTable


@dataclass(frozen=True)
class CropBlock:
    """Crops of one image around the region, one a case.

    Parameters
    ----------
    array
        Shape (n, channel, z, y, x), float16 or float32, usually a `MappedArray`; what is in the
        rows of absent cases is never looked at.
    present
        Whether the case has this image, shape (n,).
    row
        Row of `array` for each case, shape (m,); lets `rows` subset without copying.
    """

    array: NDArray[np.floating] | MappedArray
    present: NDArray[np.bool_]
    row: NDArray[np.int64]

    @classmethod
    def of(cls, array: NDArray[np.floating] | MappedArray, present: NDArray[np.bool_]) -> CropBlock:
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
    """The features and crops of the same cases in the same order.

    Parameters
    ----------
    table
        The features, one row a case.
    crops
        Crops by image name.
    patient_ids
        Patient of each case, so that a model's inner folds never part the cases of one patient;
        empty means that every case is a patient of its own.
    """

    table: FeatureTable
    crops: Mapping[str, CropBlock] = field(default_factory=dict)
    patient_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.patient_ids and len(self.patient_ids) != len(self.table):
            raise ValueError(f"{len(self.patient_ids)} patients for {len(self.table)} cases")
        for name, block in self.crops.items():
            if len(block) != len(self.table):
                raise ValueError(f"crops '{name}': {len(block)} rows, table: {len(self.table)}")

    def __len__(self) -> int:
        return len(self.table)

    @property
    def case_ids(self) -> tuple[str, ...]:
        """Ids in the order of the rows."""
        return self.table.case_ids

    @property
    def groups(self) -> tuple[str, ...]:
        """What must stay on one side of a split: the patient of each case."""
        return self.patient_ids or self.case_ids

    def rows(self, index: NDArray[np.int64]) -> ModelInputs:
        """Return the cases at these positions."""
        crops = {name: block.rows(index) for name, block in self.crops.items()}
        patient_ids = tuple(self.patient_ids[i] for i in index) if self.patient_ids else ()
        return ModelInputs(self.table.rows(index), crops, patient_ids)
