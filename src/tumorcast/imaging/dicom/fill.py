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

_NEAR = 2e-5
"""Voxels; of edges farther than this from every centre none is on one."""


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
    placed = [outline - low for outline in outlines]
    may_touch = any(_passes_a_centre(outline, box.shape[0]) for outline in placed)
    for nudge in _NUDGES if may_touch else np.zeros((1, 2)):
        box |= _enclosed([outline + nudge for outline in placed], *box.shape)
    return inside


def _passes_a_centre(outline: NDArray[np.float64], height: int) -> bool:
    """Tell whether a centre may lie on an edge: on one along its row, or where one crosses it."""
    _, columns = _crossings(outline, height)
    met = np.concatenate([outline[:, 0], columns])
    return bool((np.abs(met - np.rint(met)) <= _NEAR).any())


def _enclosed(
    outlines: Sequence[NDArray[np.float64]], height: int, width: int
) -> NDArray[np.bool_]:
    """Return which centres are enclosed an odd number of times; on an edge, those of two sides."""
    toggles = np.zeros((height, width + 1), dtype=np.uint8)
    for outline in outlines:
        rows, columns = _crossings(np.round(outline, _DECIMALS), height)
        first_right = np.ceil(np.round(columns, _DECIMALS)).astype(np.intp)
        np.add.at(toggles, (rows, np.clip(first_right, 0, width)), 1)
    parity: NDArray[np.bool_] = np.bitwise_and(
        np.cumsum(toggles[:, :width], axis=1, dtype=np.uint8), 1
    ).astype(bool)
    return parity


def _crossings(
    outline: NDArray[np.float64], height: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return, for each row that an edge crosses, the row and where it does, in columns."""
    begin, end = outline, np.roll(outline, -1, axis=0)
    upper, lower = np.minimum(begin[:, 0], end[:, 0]), np.maximum(begin[:, 0], end[:, 0])
    first = np.clip(np.ceil(upper), 0, height).astype(np.intp)
    stop = np.clip(np.ceil(lower), 0, height).astype(np.intp)
    count = stop - first
    edge = np.repeat(np.arange(len(outline)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    run = end[edge] - begin[edge]
    return row, begin[edge, 1] + (row - begin[edge, 0]) / run[:, 0] * run[:, 1]
