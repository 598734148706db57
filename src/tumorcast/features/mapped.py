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

    Only the path travels between processes, and all that map a file share its memory. What is
    written to the array stays with the process that writes it.
    """

    path: Path

    def __reduce__(self) -> tuple[type[MappedArray], tuple[Path]]:
        return (MappedArray, (self.path,))

    @cached_property
    def array(self) -> NDArray[Any]:
        """The whole array, read from the file where it is looked at."""
        array: NDArray[Any] = np.load(self.path, mmap_mode="c")
        return array

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole array."""
        return self.array.shape

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, row: int) -> NDArray[Any]:
        return self.array[row]  # type: ignore[no-any-return]
