"""Exact distance from voxel centres to a surface made of voxel faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def distance_to_voxels_mm(
    voxels: NDArray[np.bool_], spacing_mm: Sequence[float], reach_mm: float
) -> NDArray[np.float64]:
    """Return how far each voxel's centre lies from the nearest True voxel, taken as a box.

    The nearest point of a box with edges s lies max(0, abs(k) - 1/2) s away along an axis on
    which the centres are k voxels apart. The squared distance is a sum over the axes, so its
    minimum over all boxes is found one axis after the other.

    Parameters
    ----------
    voxels
        Shape (z, y, x).
    spacing_mm
        Along (z, y, x).
    reach_mm
        Distances beyond it are ``inf``: the cost grows with the reach.

    Returns
    -------
    Distances in mm, shape (z, y, x); 0 in the True voxels.
    """
    squared = np.where(voxels, 0.0, np.inf)
    for axis, spacing in enumerate(spacing_mm):
        squared = _nearest_along(squared, axis, spacing, reach_mm)
    squared[squared > reach_mm**2] = np.inf
    distance: NDArray[np.float64] = np.sqrt(squared)
    return distance


def _nearest_along(
    squared: NDArray[np.float64], axis: int, spacing: float, reach_mm: float
) -> NDArray[np.float64]:
    source = np.moveaxis(squared, axis, 0)
    nearest = squared.copy()
    target = np.moveaxis(nearest, axis, 0)
    steps = min(int(reach_mm / spacing + 0.5), len(source) - 1)
    for step in range(1, steps + 1):
        gap = ((step - 0.5) * spacing) ** 2
        np.minimum(target[step:], source[:-step] + gap, out=target[step:])
        np.minimum(target[:-step], source[step:] + gap, out=target[:-step])
    return nearest
