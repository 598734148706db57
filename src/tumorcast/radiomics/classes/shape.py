"""Shape of a region in space, from its mesh and its voxels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.mesh.diameters import diameters_mm
from tumorcast.radiomics.mesh.surface import surface_and_volume


def shape_features(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> dict[str, float]:
    """Return the shape features, the deprecated ones included.

    Parameters
    ----------
    mask
        Shape (z, y, x), cropped to the region: where the mesh is not closed, PyRadiomics' volume
        depends on the corner from which positions are counted.
    spacing_mm
        Along (z, y, x).
    """
    padded = np.pad(mask, 1)
    area, volume = surface_and_volume(padded, spacing_mm)
    slices, columns, rows, whole = diameters_mm(padded, spacing_mm)
    least, minor, major = axis_variances(mask, spacing_mm)
    sphericity = math.cbrt(36 * math.pi * volume**2) / area
    return {
        "MeshVolume": volume,
        "VoxelVolume": float(np.count_nonzero(mask) * math.prod(spacing_mm)),
        "SurfaceArea": area,
        "SurfaceVolumeRatio": area / volume,
        "Sphericity": sphericity,
        "Compactness1": volume / (area**1.5 * math.sqrt(math.pi)),
        "Compactness2": sphericity**3,
        "SphericalDisproportion": 1 / sphericity,
        "Maximum3DDiameter": whole,
        "Maximum2DDiameterSlice": slices,
        "Maximum2DDiameterColumn": columns,
        "Maximum2DDiameterRow": rows,
        "MajorAxisLength": 4 * math.sqrt(major),
        "MinorAxisLength": 4 * math.sqrt(minor),
        "LeastAxisLength": 4 * math.sqrt(least),
        "Elongation": root_of_ratio(minor, major),
        "Flatness": root_of_ratio(least, major),
    }


def axis_variances(mask: NDArray[np.bool_], spacing_mm: tuple[float, ...]) -> list[float]:
    """Return the variances of the voxels' centres along their principal axes, ascending, in mm2."""
    centres_mm = np.argwhere(mask) * np.asarray(spacing_mm)
    centres_mm -= centres_mm.mean(axis=0)
    eigenvalues = np.linalg.eigvalsh(centres_mm.T @ centres_mm / len(centres_mm))
    # Rounding leaves the axis across a flat region slightly below zero.
    return [max(float(value), 0.0) for value in eigenvalues]


def root_of_ratio(smaller: float, larger: float) -> float:
    """Return the ratio of two axes from their variances; NaN for a single voxel, which has none."""
    return math.sqrt(smaller / larger) if larger > 0 else math.nan
