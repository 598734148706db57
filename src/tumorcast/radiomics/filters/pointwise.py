"""Filters that map each intensity on its own; scaled so that the largest magnitude stays.

The largest magnitude is that of the prepared image with its padding, as in PyRadiomics.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.options import Options


def _magnitude(source: FilterInput) -> tuple[NDArray[np.float64], float]:
    """Return the image in the regions' box and the largest magnitude of the whole."""
    largest = max(abs(float(source.array.min())), abs(float(source.array.max())))
    return source.array[source.box].astype(np.float64), largest


def square(source: FilterInput, options: Options) -> Iterator[NamedImage]:  # noqa: ARG001
    """Yield (x / sqrt(m))^2 with m the largest magnitude."""
    image, largest = _magnitude(source)
    if largest > 0:
        image = (1 / np.sqrt(largest) * image) ** 2
    yield "square", image


def square_root(source: FilterInput, options: Options) -> Iterator[NamedImage]:  # noqa: ARG001
    """Yield the signed root of m |x|."""
    image, largest = _magnitude(source)
    yield "squareroot", np.sign(image) * np.sqrt(np.abs(image) * largest)


def logarithm(source: FilterInput, options: Options) -> Iterator[NamedImage]:  # noqa: ARG001
    """Yield the signed log(1 + |x|), scaled to the range of x."""
    image, largest = _magnitude(source)
    filtered = np.sign(image) * np.log(np.abs(image) + 1)
    top = float(np.log(np.float64(largest) + 1))
    yield "logarithm", filtered * (largest / top) if top > 0 else filtered


def exponential(source: FilterInput, options: Options) -> Iterator[NamedImage]:  # noqa: ARG001
    """Yield exp(x log(m) / m)."""
    image, largest = _magnitude(source)
    coefficient = np.log(largest) / largest if largest > 0 else 0.0
    yield "exponential", np.exp(coefficient * image)
