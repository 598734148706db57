"""Which voxels of a region are neighbours; computed once a region and used by all its images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numba import njit
from numpy.typing import NDArray

Offset = tuple[int, int, int]


def half_offsets(distances: Sequence[int], *, fixed_axis: int | None = None) -> tuple[Offset, ...]:
    """Return one offset of each opposite pair, in the order in which PyRadiomics has them.

    Parameters
    ----------
    distances
        Chebyshev distances to the neighbours, in voxels.
    fixed_axis
        Axis of (z, y, x) along which no neighbour lies, for texture in the plane.
    """
    reach = max(distances)
    steps = range(reach, -reach - 1, -1)
    return tuple(
        (z, y, x)
        for z, y, x in product(steps, steps, steps)
        if (z, y, x) > (0, 0, 0)
        and max(abs(z), abs(y), abs(x)) in distances
        and (fixed_axis is None or (z, y, x)[fixed_axis] == 0)
    )


@dataclass(frozen=True)
class Neighbours:
    """The neighbours of each voxel of a region.

    Parameters
    ----------
    offsets
        Steps along (z, y, x), shape (d, 3). The first `n_near` are those of distance 1 when
        distance 1 is asked for.
    index
        Number of the neighbour of voxel v in direction d, shape (d, n); n where there is none.
        Voxels are numbered in the order of the array. Unsigned, because a signed index costs a
        test for counting from the end.
    count
        Neighbours of each voxel over both senses of all directions, shape (n,).
    """

    offsets: NDArray[np.int64]
    index: NDArray[np.uint32]
    count: NDArray[np.int32]

    @property
    def n_voxels(self) -> int:
        """Voxels of the region."""
        return int(self.index.shape[1])


def neighbours_of(mask: NDArray[np.bool_], offsets: Sequence[Offset]) -> Neighbours:
    """Return the neighbours within a region.

    Parameters
    ----------
    mask
        Shape (z, y, x).
    offsets
        As `half_offsets` returns them.
    """
    steps = np.array(offsets, dtype=np.int64).reshape(-1, 3)
    margin = int(np.abs(steps).max(initial=0))
    padded = np.pad(mask, margin)
    number = np.full(padded.shape, np.count_nonzero(mask), dtype=np.int32)
    flat = np.flatnonzero(padded.ravel())
    number.ravel()[flat] = np.arange(flat.size, dtype=np.int32)
    strides = np.array([padded.shape[1] * padded.shape[2], padded.shape[2], 1])
    index, count = _link(number.ravel(), flat, steps @ strides)
    return Neighbours(steps, index, count)


@njit(cache=True, nogil=True)
def _link(number, flat, jumps):  # type: ignore[no-untyped-def]
    n = flat.size
    index = np.empty((jumps.size, n), np.uint32)
    count = np.zeros(n + 1, np.int32)
    for d in range(jumps.size):
        for v in range(n):
            w = number[flat[v] + jumps[d]]
            index[d, v] = w
            inside = 1 if w < n else 0
            count[v] += inside
            count[w] += inside
    return index, count[:n]


def directions_with_lines(mask: NDArray[np.bool_], offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell along which directions some straight line meets at least two voxels of the region.

    PyRadiomics measures no runs in the others ("segmentation is 2D for this angle").

    Returns
    -------
    Shape (d,).
    """
    coordinates = np.argwhere(mask)
    meets = np.zeros(len(offsets), dtype=bool)
    for d, step in enumerate(offsets):
        axis = int(np.argmax(step != 0))
        # Each step has entries of -1, 0 and 1, so two voxels share a line exactly when sliding
        # both back to the plane 0 of a moving axis leads to the same point.
        slid = coordinates - coordinates[:, [axis]] * step[axis] * step
        order = np.lexsort(slid.T)
        meets[d] = bool(np.any(np.all(np.diff(slid[order], axis=0) == 0, axis=1)))
    return meets
