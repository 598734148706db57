"""Shape of a region in one plane, from its contour and its pixels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.classes.shape import axis_variances, root_of_ratio
from tumorcast.radiomics.mesh.contour import contour_measures


def shape2d_features(mask: NDArray[np.bool_], spacing_mm: tuple[float, float]) -> dict[str, float]:
    """Return the features of a planar region, the deprecated one included.

    Parameters
    ----------
    mask
        Shape (rows, columns).
    spacing_mm
        Along (rows, columns).
    """
    perimeter, surface, diameter = contour_measures(np.pad(mask, 1), spacing_mm)
    minor, major = axis_variances(mask, spacing_mm)
    sphericity = 2 * math.sqrt(math.pi * surface) / perimeter
    return {
        "MeshSurface": surface,
        "PixelSurface": float(np.count_nonzero(mask) * math.prod(spacing_mm)),
        "Perimeter": perimeter,
        "PerimeterSurfaceRatio": perimeter / surface,
        "Sphericity": sphericity,
        "SphericalDisproportion": 1 / sphericity,
        "MaximumDiameter": diameter,
        "MajorAxisLength": 4 * math.sqrt(major),
        "MinorAxisLength": 4 * math.sqrt(minor),
        "Elongation": root_of_ratio(minor, major),
    }
