"""Exact distance from voxel centres to the surface of a mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def distance_to_surface_mm(
    inside: NDArray[np.bool_], spacing_mm: Sequence[float], reach_mm: float
) -> NDArray[np.float64]:
    """Return how far each voxel's centre lies from the surface of a mask.

    The surface is where marching cubes puts it: the points half-way between a voxel of the mask
    and a neighbour (of six) outside it. They lie on three lattices, each shifted by half a voxel
    along one axis; on each, the squared distance is a sum over the axes, so that its minimum is
    found one axis after the other.

    Measured so, a ball's shell of 0 to 5 mm has 1.02 to 1.19 times its true volume on grids from
    1.5 mm isotropic to PET and 5 mm slices; from the outer faces of the voxels it would have 1.14
    to 1.55 times, and between voxel centres 0.2 to 0.96 times.

    Parameters
    ----------
    inside
        Shape (z, y, x). What lies beyond the array is no neighbour.
    spacing_mm
        Along (z, y, x).
    reach_mm
        Distances beyond it are ``inf``: the cost grows with the reach.

    Returns
    -------
    Distances in mm, shape (z, y, x), of voxels inside as well as outside.
    """
    squared = np.full(inside.shape, np.inf)
    for normal in range(3):
        crossed = np.where(np.diff(inside, axis=normal), 0.0, np.inf)
        field = _from_midpoints(crossed, normal, spacing_mm[normal], reach_mm)
        for axis in {0, 1, 2} - {normal}:
            field = _spread(field, axis, spacing_mm[axis], reach_mm)
        np.minimum(squared, field, out=squared)
    squared[squared > reach_mm**2] = np.inf
    distance: NDArray[np.float64] = np.sqrt(squared)
    return distance


def _from_midpoints(
    crossed: NDArray[np.float64], axis: int, spacing: float, reach_mm: float
) -> NDArray[np.float64]:
    """Return the squared distance along `axis` from each voxel to the nearest crossed midpoint."""
    source = np.moveaxis(crossed, axis, 0)
    target = np.full((len(source) + 1, *source.shape[1:]), np.inf)
    for step in range(min(int(reach_mm / spacing + 0.5), len(source))):
        gap = ((step + 0.5) * spacing) ** 2
        near = len(source) - step
        np.minimum(target[:near], source[step:] + gap, out=target[:near])
        np.minimum(target[step + 1 :], source[:near] + gap, out=target[step + 1 :])
    return np.moveaxis(target, 0, axis)


def _spread(
    squared: NDArray[np.float64], axis: int, spacing: float, reach_mm: float
) -> NDArray[np.float64]:
    """Return the smallest sum of a neighbour's value and its squared distance along `axis`."""
    source = np.moveaxis(squared, axis, 0)
    target = source.copy()
    for step in range(1, min(int(reach_mm / spacing), len(source) - 1) + 1):
        gap = (step * spacing) ** 2
        np.minimum(target[step:], source[:-step] + gap, out=target[step:])
        np.minimum(target[:-step], source[step:] + gap, out=target[:-step])
    return np.moveaxis(target, 0, axis)
