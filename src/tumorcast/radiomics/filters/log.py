"""Laplacian of Gaussian."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tumorcast.errors import Finding
from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.itk import sitk
from tumorcast.radiomics.options import Options


def laplacian_of_gaussian(source: FilterInput, options: Options) -> Iterator[NamedImage]:
    """Yield one image a sigma in mm, normalised across scale; recursive filters as ITK's."""
    shape = np.array(source.array.shape)
    image = sitk.GetImageFromArray(source.array)
    image.SetSpacing(source.spacing_mm[::-1])
    for sigma_mm in options.sigma_mm:
        needed = np.maximum(np.ceil(sigma_mm / np.array(source.spacing_mm)) + 1, 4)
        if np.any(shape < needed):
            source.findings.append(_too_small(sigma_mm, shape.tolist()))
            continue
        filtered = sitk.LaplacianRecursiveGaussian(image, sigma_mm, True)
        name = f"log-sigma-{str(sigma_mm).replace('.', '-')}-mm-3D"
        yield name, sitk.GetArrayFromImage(filtered)


def _too_small(sigma_mm: float, shape: list[int]) -> Finding:
    return Finding(
        "RAD-12",
        "warning",
        f"the image of {' x '.join(map(str, shape))} voxels is too small for LoG with sigma "
        f"{sigma_mm:g} mm",
        "at least 4 voxels, and sigma / spacing + 1, along each axis",
        "leave this sigma out, or enlarge padDistance",
    )
