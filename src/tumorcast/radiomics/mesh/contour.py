"""Length, enclosed surface and diameter of the marching-squares contour of a planar mask."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_LINES: tuple[tuple[tuple[int, int], ...], ...] = (
    (), ((3, 0),), ((0, 1),), ((3, 1),), ((1, 2),), ((1, 2), (3, 0)), ((0, 2),), ((3, 2),),
    ((2, 3),), ((2, 0),), ((0, 1), (2, 3)), ((2, 1),), ((1, 3),), ((1, 0),), ((0, 3),), (),
)  # fmt: skip
"""Directed lines between edge midpoints for each configuration of four pixels, bit k for corner k
of (0, 0), (0, 1), (1, 1), (1, 0)."""

_EDGE_MIDPOINTS = np.array([(0, 0.5), (0.5, 1), (1, 0.5), (0.5, 0)])


def contour_measures(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float]
) -> tuple[float, float, float]:
    """Return perimeter in mm, surface in mm2 and largest distance between vertices in mm.

    Parameters
    ----------
    mask
        Shape (rows, columns), with an empty pixel on every side.
    spacing_mm
        Along (rows, columns).
    """
    from scipy.spatial.distance import pdist  # noqa: PLC0415  (slow to import)

    m = mask.astype(np.int64)
    configuration = m[:-1, :-1] + 2 * m[:-1, 1:] + 4 * m[1:, 1:] + 8 * m[1:, :-1]
    lines = [
        (np.array([row, column]) + _EDGE_MIDPOINTS[list(line)]) * spacing_mm
        for row, column in np.argwhere(configuration)
        for line in _LINES[configuration[row, column]]
    ]
    start, end = np.array(lines).transpose(1, 0, 2)
    perimeter = float(np.sqrt(((start - end) ** 2).sum(axis=1)).sum())
    surface = float((start[:, 0] * end[:, 1] - end[:, 0] * start[:, 1]).sum() / 2)
    return perimeter, math.fabs(surface), float(pdist(np.unique(start, axis=0)).max())
