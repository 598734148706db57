"""Polygons filled on voxel centres.

A voxel belongs to a region if its centre is enclosed an odd number of times by the outlines on
its slice: outlines within outlines are holes, outlines within holes are islands, and a keyhole's
bridge, which is walked twice, vanishes. A centre exactly on an outline belongs to the region if the
inside lies towards larger column (or, on a horizontal edge, row) numbers. So regions that share an
edge share no voxel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_DECIMALS = 6
"""Outlines are taken to 1e-6 voxel, so that text rounding does not decide on which side it is."""


def filled(outlines: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the voxels of a slice enclosed an odd number of times.

    Parameters
    ----------
    outlines
        Each of shape (points, 2): (row, column) indices, closed from the last point to the first.
    shape
        (rows, columns) of the slice.
    """
    height, width = shape
    toggles = np.zeros((height, width + 1), dtype=np.int32)
    for outline in outlines:
        rows, columns = _crossings(np.round(outline, _DECIMALS), height)
        np.add.at(toggles, (rows, np.clip(columns, 0, width)), 1)
    inside: NDArray[np.bool_] = np.cumsum(toggles, axis=1)[:, :width] % 2 == 1
    return inside


def _crossings(
    outline: NDArray[np.float64], height: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return, for each row that an edge crosses, the row and the first column right of it."""
    begin, end = outline, np.roll(outline, -1, axis=0)
    upper, lower = np.minimum(begin[:, 0], end[:, 0]), np.maximum(begin[:, 0], end[:, 0])
    first = np.clip(np.ceil(upper), 0, height).astype(np.intp)
    stop = np.clip(np.ceil(lower), 0, height).astype(np.intp)
    count = stop - first
    edge = np.repeat(np.arange(len(outline)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    run = end[edge] - begin[edge]
    column = begin[edge, 1] + (row - begin[edge, 0]) / run[:, 0] * run[:, 1]
    return row, np.ceil(np.round(column, _DECIMALS)).astype(np.intp)
