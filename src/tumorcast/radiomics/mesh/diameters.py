"""Largest distances between the vertices of a mask's mesh, exact and without comparing them all.

A vertex lies between two voxels of which one belongs to the mask. The two ends of the largest
distance are corners of the convex hull of the vertices, so of the hull of their own plane.
Positions are counted in half voxels, which are whole numbers.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def diameters_mm(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> tuple[float, float, float, float]:
    """Return the largest distance in a plane of equal z, of equal y, of equal x, and in space.

    Parameters
    ----------
    mask
        Shape (z, y, x), with an empty voxel on every side.
    spacing_mm
        Along (z, y, x).
    """
    half = tuple(0.5 * step for step in spacing_mm)
    first_x, last_x = _extremes(mask)
    first_y, last_y = _extremes(np.ascontiguousarray(mask.transpose(0, 2, 1)))
    slices, corners = _plane_diameters(first_x, last_x, half[1], half[2])
    columns, _ = _plane_diameters(first_x.T.copy(), last_x.T.copy(), half[0], half[2])
    rows, _ = _plane_diameters(first_y.T.copy(), last_y.T.copy(), half[0], half[1])
    return slices, columns, rows, _farthest(corners * np.array(half))


@njit(cache=True, nogil=True)
def _extremes(mask):  # type: ignore[no-untyped-def]
    """Return the first and last vertex along x on each line (z, y), in half voxels; -1 if none."""
    nz, ny, nx = mask.shape
    first = np.full((2 * nz, 2 * ny), -1, np.int64)
    last = np.full((2 * nz, 2 * ny), -1, np.int64)
    for z in range(nz - 1):
        for y in range(ny - 1):
            for x in range(nx - 1):
                here = mask[z, y, x]
                if mask[z, y, x + 1] != here:
                    _widen(first, last, 2 * z, 2 * y, 2 * x + 1)
                if mask[z, y + 1, x] != here:
                    _widen(first, last, 2 * z, 2 * y + 1, 2 * x)
                if mask[z + 1, y, x] != here:
                    _widen(first, last, 2 * z + 1, 2 * y, 2 * x)
    return first, last


@njit(cache=True, nogil=True)
def _widen(first, last, z, y, x):  # type: ignore[no-untyped-def]
    if first[z, y] < 0 or x < first[z, y]:
        first[z, y] = x
    last[z, y] = max(last[z, y], x)


@njit(cache=True, nogil=True)
def _plane_diameters(first, last, line_mm, along_mm):  # type: ignore[no-untyped-def]
    """Return the largest distance within one plane, and the hull corners of every plane."""
    largest = 0.0
    corners = [(0, 0, 0)]
    corners.clear()
    for plane in range(first.shape[0]):
        hull = _half_hull(first[plane], -1)
        hull.extend(_half_hull(last[plane], 1))
        for a in range(len(hull)):
            corners.append((plane, hull[a][0], hull[a][1]))
            for b in range(a):
                dy = (hull[a][0] - hull[b][0]) * line_mm
                dx = (hull[a][1] - hull[b][1]) * along_mm
                largest = max(largest, dy * dy + dx * dx)
    points = np.empty((len(corners), 3), np.float64)
    for k in range(len(corners)):
        points[k, 0], points[k, 1], points[k, 2] = corners[k]
    return np.sqrt(largest), points


@njit(cache=True, nogil=True)
def _half_hull(extreme, side):  # type: ignore[no-untyped-def]
    """Return the corners of the convex chain through one end of each line (Andrew 1979)."""
    chain = [(0, 0)]
    chain.clear()
    for y in range(extreme.size):
        if extreme[y] < 0:
            continue
        x = extreme[y]
        while len(chain) > 1:
            y0, x0 = chain[-2]
            y1, x1 = chain[-1]
            if side * ((y1 - y0) * (x - x0) - (y - y0) * (x1 - x0)) < 0:
                break
            chain.pop()
        chain.append((y, x))
    return chain


@njit(cache=True, nogil=True)
def _farthest(points):  # type: ignore[no-untyped-def]
    """Return the largest distance between two points, shape (n, 3)."""
    n = points.shape[0]
    centre = np.array([points[:, 0].mean(), points[:, 1].mean(), points[:, 2].mean()])
    radius = np.sqrt(((points - centre) ** 2).sum(axis=1))
    order = np.argsort(-radius)
    largest = 0.0
    for a in range(n):
        i = order[a]
        for b in range(a + 1, n):
            j = order[b]
            # No later pair can be farther apart than the sum of its radii.
            if radius[i] + radius[j] <= largest:
                break
            distance = np.sqrt(((points[i] - points[j]) ** 2).sum())
            largest = max(largest, distance)
    return largest
