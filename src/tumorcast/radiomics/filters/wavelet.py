"""Undecimated wavelet decompositions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pywt
from numpy.typing import NDArray

from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.options import Options


def wavelet(source: FilterInput, options: Options) -> Iterator[NamedImage]:
    """Yield the detail images of each level and the last approximation.

    Names list the pass along x, y and z, in that order: ``wavelet-LLH`` is high along z. From
    the second level on the level stands in the name: ``wavelet2-LLH``.
    """
    axes = tuple(a for a in (2, 1, 0) if not (options.force_2d and a == options.force_2d_dimension))
    shape = source.array.shape
    padding = [(0, size % 2) for size in shape]
    data = np.pad(source.array, padding, "wrap")
    low = "a" * len(axes)
    keep = tuple(slice(0, size) for size in shape)
    for _ in range(options.start_level):
        data = _decompose(data, options.wavelet, axes)[low]
    for level in range(1, options.level + 1):
        stem = "wavelet" if level == 1 else f"wavelet{level}"
        parts = _decompose(data, options.wavelet, axes)
        data = parts.pop(low)
        for name, part in parts.items():
            yield f"{stem}-{_letters(name)}", part[keep]
    yield f"{stem}-{_letters(low)}", data[keep]


def _decompose(data: NDArray[Any], name: str, axes: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    parts: dict[str, NDArray[Any]] = pywt.swtn(data, name, level=1, start_level=0, axes=axes)[0]
    return parts


def _letters(name: str) -> str:
    return name.replace("a", "L").replace("d", "H")
