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
    data = np.pad(source.array, [(0, size % 2) for size in shape], "wrap")
    low = "L" * len(axes)
    keep = tuple(slice(0, size) for size in shape)
    for _ in range(options.start_level):
        data = next(image for _, image in _decompositions(data, options.wavelet, axes))
    for level in range(1, options.level + 1):
        stem = "wavelet" if level == 1 else f"wavelet{level}"
        for name, part in _decompositions(data, options.wavelet, axes):
            if name == low:
                approximation = part
            else:
                yield f"{stem}-{name}", part[keep]
        data = approximation
    yield f"{stem}-{low}", data[keep]


def _decompositions(
    data: NDArray[Any], name: str, axes: tuple[int, ...]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield every decomposition, low before high: one branch at a time is kept in memory."""
    if not axes:
        yield "", data
        return
    parts = pywt.swtn(data, name, level=1, start_level=0, axes=axes[:1])[0]
    del data
    for letter, key in (("L", "a"), ("H", "d")):
        for rest, part in _decompositions(parts.pop(key), name, axes[1:]):
            yield letter + rest, part
