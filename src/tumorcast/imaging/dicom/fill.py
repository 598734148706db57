"""Polygons filled on voxel centres.

A voxel belongs to a region if its centre is enclosed an odd number of times by the outlines on
its slice: outlines within outlines are holes, outlines within holes are islands, and a keyhole's
bridge, which is walked twice, vanishes. A centre on an outline belongs to the region: many programs
draw outlines through the outermost voxels' centres, around a region as around its holes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_DECIMALS = 6
"""Outlines are taken to 1e-6 voxel, so that text rounding does not decide on which side it is."""
_NUDGES = 1e-5 * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
"""Moves, in voxels, one of which brings a centre on an outline into the region: it has the region
on one of its four diagonals. Coordinates are written with 16 characters at most."""


def filled(outlines: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the voxels of a slice enclosed an odd number of times, those on an edge included.

    Parameters
    ----------
    outlines
        Each of shape (points, 2): (row, column) indices, closed from the last point to the first.
    shape
        (rows, columns) of the slice.
    """
    inside = np.zeros(shape, dtype=bool)
    points = np.concatenate(outlines) if len(outlines) else np.empty((0, 2))
    if not len(points):
        return inside
    low = np.clip(np.floor(points.min(axis=0)), 0, shape).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)) + 1, 0, shape).astype(int)
    if (high <= low).any():
        return inside
    box = inside[low[0] : high[0], low[1] : high[1]]
    for nudge in _NUDGES:
        box |= _enclosed([outline - low + nudge for outline in outlines], *box.shape)
    return inside


def _enclosed(
    outlines: Sequence[NDArray[np.float64]], height: int, width: int
) -> NDArray[np.bool_]:
    """Return which centres are enclosed an odd number of times; on an edge, those of two sides."""
    toggles = np.zeros((height, width + 1), dtype=np.int32)
    for outline in outlines:
        rows, columns = _crossings(np.round(outline, _DECIMALS), height)
        np.add.at(toggles, (rows, np.clip(columns, 0, width)), 1)
    parity: NDArray[np.bool_] = np.cumsum(toggles, axis=1)[:, :width] % 2 == 1
    return parity


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
