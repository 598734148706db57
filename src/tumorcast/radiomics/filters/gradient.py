"""Gradient magnitude."""

from __future__ import annotations

from collections.abc import Iterator

from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.itk import sitk
from tumorcast.radiomics.options import Options


def gradient(source: FilterInput, options: Options) -> Iterator[NamedImage]:
    """Yield the magnitude of the gradient, per mm unless ``gradientUseSpacing`` is off."""
    image = sitk.GetImageFromArray(source.array)
    image.SetSpacing(source.spacing_mm[::-1])
    magnitude = sitk.GradientMagnitude(image, options.gradient_use_spacing)
    yield "gradient", sitk.GetArrayViewFromImage(magnitude)[source.box].copy()
