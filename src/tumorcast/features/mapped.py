"""An array in a file, opened where it is read, so that handing it to a process costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MappedArray:
    """A ``.npy`` file read through a memory map.

    Only the path travels between processes.
    """

    path: Path

    def __reduce__(self) -> tuple[type[MappedArray], tuple[Path]]:
        return (MappedArray, (self.path,))

    @cached_property
    def _array(self) -> NDArray[Any]:
        array: NDArray[Any] = np.load(self.path, mmap_mode="r")
        return array

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole array."""
        return self._array.shape

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, row: int) -> NDArray[Any]:
        return self._array[row]  # type: ignore[no-any-return]
