"""Laplacian of Gaussian."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.raster import bounding_box
from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.filters.recursive import filter_along, gaussian_coefficients
from tumorcast.radiomics.options import Options

_AXES_XYZ = (2, 1, 0)


def laplacian_of_gaussian(source: FilterInput, options: Options) -> Iterator[NamedImage]:
    """Yield one image a sigma in mm, normalised across scale; right in the box of the regions."""
    shape = np.array(source.array.shape)
    for sigma_mm in options.sigma_mm:
        needed = np.maximum(np.ceil(sigma_mm / np.array(source.spacing_mm)) + 1, 4)
        if np.any(shape < needed):
            source.findings.append(_too_small(sigma_mm, shape.tolist()))
            continue
        name = f"log-sigma-{str(sigma_mm).replace('.', '-')}-mm-3D"
        yield name, _laplacian(source, sigma_mm)


def _laplacian(source: FilterInput, sigma_mm: float) -> NDArray[np.float32]:
    """Return the sum of the three second derivatives, each smoothed along the other two axes.

    Order of the axes and single precision between them are ITK's. The last pass need only follow
    the lines through the regions' box, the pass before it those that the last one reads.
    """
    start, stop = (np.array(corner) for corner in bounding_box(source.mask))
    total = np.zeros(source.array.shape, np.float32)
    for axis in _AXES_XYZ:
        smoothed = [other for other in _AXES_XYZ if other != axis]
        image = source.array
        for position, along in enumerate((axis, *smoothed)):
            spacing = source.spacing_mm[along]
            coefficients = gaussian_coefficients(sigma_mm, spacing, 0 if position else 2)
            still_to_come = (axis, *smoothed)[position + 1 :]
            low, high = start.copy(), stop.copy()
            for later in still_to_come:
                low[later], high[later] = 0, image.shape[later]
            image = filter_along(np.ascontiguousarray(image), along, coefficients, low, high)
        spacing_squared = source.spacing_mm[axis] * source.spacing_mm[axis]
        total = (total + image * np.float64(1.0 / spacing_squared)).astype(np.float32)
    return total


def _too_small(sigma_mm: float, shape: list[int]) -> Finding:
    return Finding(
        "RAD-12",
        "warning",
        f"the image of {' x '.join(map(str, shape))} voxels is too small for LoG with sigma "
        f"{sigma_mm:g} mm",
        "at least 4 voxels, and sigma / spacing + 1, along each axis",
        "leave this sigma out, or enlarge padDistance",
    )
