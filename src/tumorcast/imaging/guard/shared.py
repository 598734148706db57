"""The child's side of memory that two processes share: voxels are written there at once.

New pages of memory cost more than the copying that they save, so a piece of shared memory is used
again as soon as the other process has let go of the array in it.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


@dataclass(eq=False)
class Piece:
    """Shared memory that holds one array at a time."""

    handle: int
    mapping: mmap.mmap
    address: int
    is_known: bool = False
    """Whether the other process has it."""


class SharedMemory:
    """The pieces by number, and which of them are free or were taken for the current request."""

    def __init__(self) -> None:
        self.active = False
        self.pieces: dict[int, Piece] = {}
        self.free: set[int] = set()
        self.taken: list[int] = []
        self.count = 0

    def take(self, n_bytes: int) -> memoryview:
        """Return memory for an array."""
        fitting = [i for i in self.free if n_bytes <= len(self.pieces[i].mapping) <= 4 * n_bytes]
        if fitting:
            number = min(fitting, key=lambda i: len(self.pieces[i].mapping))
            self.free.remove(number)
        else:
            number = self._new(n_bytes)
        self.taken.append(number)
        return memoryview(self.pieces[number].mapping)[:n_bytes]

    def number_of(self, array: NDArray[Any]) -> int:
        """Return the piece in which an array lies; it is copied to one if it does not yet."""
        address = _address(array)
        for number in self.taken:
            if self.pieces[number].address == address:
                return number
        copy = empty(array.shape, array.dtype)
        copy[...] = array
        return self.taken[-1]

    def finish(self, sent: set[int]) -> None:
        """Keep what was sent for the other process, and free the rest."""
        self.free |= set(self.taken) - sent
        self.taken.clear()

    def drop(self, numbers: Sequence[int]) -> None:
        """Give pieces back to the system."""
        for number in numbers:
            os.close(self.pieces.pop(number).handle)
            self.free.discard(number)

    def _new(self, n_bytes: int) -> int:
        capacity = max(mmap.PAGESIZE, 1 << (n_bytes - 1).bit_length())
        handle = _unnamed_file()
        os.ftruncate(handle, capacity)
        mapping = mmap.mmap(handle, capacity)
        self.count += 1
        address = _address(np.frombuffer(mapping, dtype=np.uint8))
        self.pieces[self.count] = Piece(handle, mapping, address)
        return self.count


SHARED = SharedMemory()


def empty(shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array to be filled, in shared memory when another process asked for it."""
    kind = np.dtype(dtype)
    n_bytes = prod(shape) * kind.itemsize
    if not SHARED.active or not n_bytes:
        return np.empty(shape, kind)
    return np.frombuffer(SHARED.take(n_bytes), dtype=kind).reshape(shape)


def _unnamed_file() -> int:
    """Return a handle to a file that no other program can find and that vanishes when closed."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("voxels", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0]) if array.flags.c_contiguous else -1
