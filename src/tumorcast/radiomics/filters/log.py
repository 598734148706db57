"""Laplacian of Gaussian."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.filters.recursive import filter_along, gaussian_coefficients
from tumorcast.radiomics.options import Options

_AXES_XYZ = (2, 1, 0)


def laplacian_of_gaussian(source: FilterInput, options: Options) -> Iterator[NamedImage]:
    """Yield one image a sigma in mm, normalised across scale."""
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

    Order of the axes and single precision between them are ITK's. A pass needs whole lines and
    leaves the part of them that lies in the regions' box, so each pass has less to do.
    """
    total = np.zeros([part.stop - part.start for part in source.box], np.float32)
    for axis in _AXES_XYZ:
        image = source.array
        for along in (axis, *(other for other in _AXES_XYZ if other != axis)):
            spacing = source.spacing_mm[along]
            coefficients = gaussian_coefficients(sigma_mm, spacing, 2 if along == axis else 0)
            part = source.box[along]
            image = filter_along(
                np.ascontiguousarray(image), along, coefficients, part.start, part.stop
            )
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
