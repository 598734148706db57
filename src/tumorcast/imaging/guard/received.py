"""The parent's side of shared memory: arrays that a child filled."""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Sequence
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_KEPT_BYTES = 512 * 1024**2
"""What is kept for arrays to come; beyond it, memory goes back to the system."""


class ReceivedMemory:
    """Pieces of one child's memory by their number, and those that no array uses any more."""

    def __init__(self) -> None:
        self.mappings: dict[int, mmap.mmap] = {}
        self.released: list[int] = []

    def add(self, numbers: Sequence[int], handles: Sequence[int]) -> None:
        """Map new pieces; the handles are closed.

        Raises
        ------
        ValueError, OSError
            When they cannot be mapped.
        """
        try:
            for number, handle in zip(numbers, handles, strict=True):
                _seal(handle)
                self.mappings[number] = mmap.mmap(
                    handle, os.fstat(handle).st_size, mmap.MAP_SHARED, mmap.PROT_READ
                )
        finally:
            for handle in handles:
                os.close(handle)

    def array(self, number: int, dtype: str, shape: Sequence[int]) -> NDArray[Any]:
        """Return the array in a piece, read-only; the piece is free when the last view of it goes.

        Raises
        ------
        ValueError, KeyError
            When the piece does not hold what is said.
        """
        kind = np.dtype(dtype)
        mapping = self.mappings[number]
        if kind.kind not in "biuf" or not 0 < prod(shape) * kind.itemsize <= len(mapping):
            raise ValueError(f"no array of {shape} {dtype}")
        lease = _Lease(mapping, kind, tuple(shape))
        weakref.finalize(lease, self.released.append, number).atexit = False
        return np.asarray(lease)

    def settle(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the numbers of the pieces that may be used again, and of those to drop."""
        released = []
        while self.released:
            released.append(self.released.pop())
        kept, size = [], 0
        for number in released:
            size += len(self.mappings[number])
            if size <= MOST_KEPT_BYTES:
                kept.append(number)
            else:
                del self.mappings[number]
        return tuple(kept), tuple(set(released) - set(kept))


class _Lease:
    """What an array and all its views refer to as the owner of their memory."""

    def __init__(self, mapping: mmap.mmap, kind: np.dtype[Any], shape: tuple[int, ...]) -> None:
        self.mapping = mapping
        address = np.frombuffer(mapping, dtype=np.uint8).__array_interface__["data"][0]
        self.__array_interface__ = {
            "version": 3,
            "typestr": kind.str,
            "shape": shape,
            "data": (address, True),
        }


def _seal(handle: int) -> None:
    """Keep the other process from shortening the file under the reader."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl  # noqa: PLC0415

        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
