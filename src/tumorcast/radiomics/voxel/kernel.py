"""The neighbourhood that moves over the region: its voxels, and which of them are neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tumorcast.radiomics.texture.neighbours import half_offsets, neighbours_of

OUTSIDE = np.int32(-1)
"""Stands for a voxel that takes no part: out of the region, or out of the image."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """A cube of voxels around a centre, or a square when one axis is fixed.

    Parameters
    ----------
    steps
        From the centre to each voxel along (z, y, x), in the order of the array, shape (k, 3).
    offsets
        One direction of each opposite pair, along (z, y, x), shape (d, 3).
    ahead
        Position in the kernel of the neighbour in each direction, k where there is none; shape
        (d, k).
    """

    steps: NDArray[np.int64]
    offsets: NDArray[np.int64]
    ahead: NDArray[np.uint32]

    @classmethod
    def of_radius(cls, radius: int, distances: Sequence[int], fixed_axis: int | None) -> Kernel:
        """Return the kernel with the neighbours at these Chebyshev distances.

        Directions that lead from every voxel of the kernel out of it are left out.
        """
        shape = [1 if axis == fixed_axis else 2 * radius + 1 for axis in range(3)]
        steps = np.argwhere(np.ones(shape, np.bool_)) - (np.array(shape) - 1) // 2
        reaching = [
            step
            for step in half_offsets(sorted(set(distances)), fixed_axis=fixed_axis)
            if all(abs(move) < size for move, size in zip(step, shape, strict=True))
        ]
        neighbours = neighbours_of(np.ones(shape, np.bool_), reaching)
        return cls(steps, neighbours.offsets, neighbours.index)


@dataclass(frozen=True, eq=False)
class Levels:
    """A discretised image with a margin into which every kernel fits.

    Parameters
    ----------
    flat
        Position of each voxel's level among those that occur, `OUTSIDE` where there is none;
        the image with its margin, flattened.
    present
        The levels that occur, ascending, shape (g,).
    """

    flat: NDArray[np.int32]
    present: NDArray[np.int32]


@njit(cache=True, nogil=True)
def gather(flat, present, at, rank, distinct, level):  # type: ignore[no-untyped-def]
    """Fill in the levels of one kernel and return how many different ones there are.

    Parameters
    ----------
    flat, present
        As in `Levels`.
    at
        Where the voxels of the kernel lie in `flat`, shape (k,).
    rank
        Receives the position of each level among those of the kernel, shape (k + 1,); the last
        entry, which `Kernel.ahead` names where there is no neighbour, is `OUTSIDE`.
    distinct, level
        Receive the kernel's levels, as positions and as values, ascending; shape (k,) each.
    """
    n = 0
    for k in range(at.size):
        found = flat[at[k]]
        if found >= 0:
            place = np.searchsorted(distinct[:n], found)
            if place == n or distinct[place] != found:
                for other in range(n, place, -1):
                    distinct[other] = distinct[other - 1]
                distinct[place] = found
                n += 1
    for k in range(at.size):
        found = flat[at[k]]
        rank[k] = np.searchsorted(distinct[:n], found) if found >= 0 else OUTSIDE
    rank[at.size] = OUTSIDE
    for i in range(n):
        level[i] = present[distinct[i]]
    return n
