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
            _spread(field, axis, spacing_mm[axis], reach_mm)
        np.minimum(squared, field, out=squared)
    squared[squared > reach_mm**2] = np.inf
    distance: NDArray[np.float64] = np.sqrt(squared)
    return distance


def _from_midpoints(
    crossed: NDArray[np.float64], axis: int, spacing: float, reach_mm: float
) -> NDArray[np.float64]:
    """Return the squared distance along `axis` from each voxel to the nearest crossed midpoint."""
    shape = list(crossed.shape)
    shape[axis] += 1
    nearest = np.empty(shape)
    for source, target in zip(_planes(crossed, axis), _planes(nearest, axis), strict=True):
        best = np.full(target.shape, np.inf)
        for step in range(min(int(reach_mm / spacing + 0.5), len(source))):
            near = len(source) - step
            moved = source + ((step + 0.5) * spacing) ** 2
            np.minimum(best[:near], moved[step:], out=best[:near])
            np.minimum(best[step + 1 :], moved[:near], out=best[step + 1 :])
        target[:] = best
    return nearest


def _spread(squared: NDArray[np.float64], axis: int, spacing: float, reach_mm: float) -> None:
    """Replace each value by the smallest sum of a value and its squared distance along `axis`."""
    for plane in _planes(squared, axis):
        source, best = plane.copy(order="C"), plane.copy(order="C")
        for step in range(1, min(int(reach_mm / spacing), len(source) - 1) + 1):
            moved = source + (step * spacing) ** 2
            np.minimum(best[step:], moved[:-step], out=best[step:])
            np.minimum(best[:-step], moved[step:], out=best[:-step])
        plane[:] = best


def _planes(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return a view of the planes along `axis`, `axis` first: a plane fits into the cache."""
    return np.moveaxis(values, (1 if axis == 0 else 0, axis), (0, 1))
