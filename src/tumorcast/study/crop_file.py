"""The crops of all cases in one file, written as they come and mapped by every fold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import CropBlock, MappedArray


class CropFile:
    """Crops of one image, each put into the row of its case while others are still computed.

    The file appears whole or not at all. Its name ends in a digest of the keys of its crops, so
    that one name never stands for two contents.

    Parameters
    ----------
    folder
        Where the file lies; of the files of an image the newest alone is kept.
    image
        Name of the image.
    case_ids
        The cases that may have a crop, in the order of the rows.
    size_voxels
        Side of the crops.
    """

    def __init__(self, folder: Path, image: str, case_ids: Sequence[str], size_voxels: int) -> None:
        self._folder, self._image = folder, image
        self._row = {case_id: row for row, case_id in enumerate(case_ids)}
        self._keys: dict[int, str] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._partial = folder / f"{image}.partial"
        self._array = np.lib.format.open_memmap(
            self._partial,
            mode="w+",
            dtype=np.float16,
            shape=(len(case_ids), 2, size_voxels, size_voxels, size_voxels),
        )

    def put(self, case_id: str, key: str, crop: NDArray[np.float16]) -> None:
        """Write the crop of a case; `key` stands for all that decides its voxels."""
        row = self._row[case_id]
        self._array[row] = crop
        self._keys[row] = key

    def close(self) -> MappedCrops:
        """Give the file its name and return its crops; nothing can be put after that.

        The disk is not waited for: every run writes the file anew.
        """
        del self._array
        digest = hashlib.sha256(repr(sorted(self._keys.items())).encode()).hexdigest()
        path = self._folder / f"{self._image}-{digest[:16]}.npy"
        self._partial.replace(path)
        for other in self._folder.glob(f"{self._image}-{'?' * 16}.npy"):
            if other != path:
                other.unlink()
        rows = {case: row for case, row in self._row.items() if row in self._keys}
        return MappedCrops(MappedArray(path), rows)


class MappedCrops:
    """Crops of one image in a file.

    Parameters
    ----------
    array
        The file.
    rows
        Row of each case that has a crop.
    """

    def __init__(self, array: MappedArray, rows: dict[str, int]) -> None:
        self.array, self.rows = array, rows

    def block(self, case_ids: Sequence[str]) -> CropBlock:
        """Return the crops of these cases, in their order."""
        present = np.array([case_id in self.rows for case_id in case_ids])
        row = np.array([self.rows.get(case_id, 0) for case_id in case_ids], dtype=np.int64)
        return CropBlock(self.array, present, row)
