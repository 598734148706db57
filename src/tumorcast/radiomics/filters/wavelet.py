"""Undecimated wavelet decompositions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pywt
from numba import njit
from numpy.typing import NDArray

from tumorcast.radiomics.filters.image import FilterInput, NamedImage
from tumorcast.radiomics.options import Options

Window = tuple[slice, slice, slice]
_BLOCK = 1024
"""Values that are filtered before the next ones, so that they stay in cache."""


def wavelet(source: FilterInput, options: Options) -> Iterator[NamedImage]:
    """Yield the detail images of each level and the last approximation.

    Names list the pass along x, y and z, in that order: ``wavelet-LLH`` is high along z. From
    the second level on the level stands in the name: ``wavelet2-LLH``. The image goes on
    periodically, after one more voxel along the axes with an odd number of them, as in
    PyRadiomics.
    """
    axes = tuple(a for a in (2, 1, 0) if not (options.force_2d and a == options.force_2d_dimension))
    filters = _filters(options.wavelet, source.array.dtype)
    low = "L" * len(axes)
    whole = tuple(slice(0, size + size % 2) for size in source.array.shape)
    data, stem = source.array, "wavelet"
    for _ in range(options.start_level):
        data = next(_decompositions(data, filters, axes, whole))[1]
    for level in range(1, options.level + 1):
        stem = "wavelet" if level == 1 else f"wavelet{level}"
        for name, part in _decompositions(data, filters, axes, source.box):
            if name != low:
                yield f"{stem}-{name}", part
            elif level == options.level:
                approximation = part
        if level < options.level:
            data = next(_decompositions(data, filters, axes, whole))[1]
    yield f"{stem}-{low}", approximation


def _filters(name: str, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the low and the high pass, shape (2, taps), in the precision of the image.

    Taken from what PyWavelets makes of an impulse: its coefficients in single precision are not
    those in double precision rounded.
    """
    taps = pywt.Wavelet(name).dec_len
    impulse = np.zeros(4 * taps, np.float32 if dtype == np.float32 else np.float64)
    impulse[2 * taps] = 1
    first = 2 * taps - taps // 2
    return np.array(pywt.swt(impulse, name, level=1)[0])[:, first : first + taps]


def _decompositions(
    data: NDArray[Any], filters: NDArray[Any], axes: tuple[int, ...], window: tuple[slice, ...]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield every decomposition within a window, low before high; one branch at a time is kept."""
    taps = filters.shape[1]
    for axis in range(3):
        part = window[axis]
        reach = range(part.start + taps // 2 - taps + 1, part.stop + taps // 2)
        if axis not in axes:
            reach = range(part.start, part.stop)
        data = _periodic(data, axis, reach)
    yield from _branches(np.ascontiguousarray(data, filters.dtype), filters, axes)


def _periodic(data: NDArray[Any], axis: int, reach: range) -> NDArray[Any]:
    """Return the voxels at these positions along an axis, which may lie beyond its ends."""
    size = data.shape[axis]
    if reach.start >= 0 and reach.stop <= size:
        return data[(slice(None),) * axis + (slice(reach.start, reach.stop),)]
    beyond: NDArray[Any] = np.take(data, np.array(reach) % (size + size % 2) % size, axis)
    return beyond


def _branches(
    data: NDArray[Any], filters: NDArray[Any], axes: tuple[int, ...]
) -> Iterator[tuple[str, NDArray[Any]]]:
    if not axes:
        yield "", data
        return
    shape = list(data.shape)
    inner = int(np.prod(shape[axes[0] + 1 :]))
    lines = data.reshape(-1, shape[axes[0]] * inner)
    shape[axes[0]] -= filters.shape[1] - 1
    passed = [part.reshape(shape) for part in _filtered(lines, filters, inner)]
    del data, lines
    for letter in "LH":
        for rest, part in _branches(passed.pop(0), filters, axes[1:]):
            yield letter + rest, part


@njit(cache=True, nogil=True)
def _filtered(lines, filters, step):  # type: ignore[no-untyped-def]
    """Return the low and the high pass of each row, whose neighbouring values lie a step apart.

    Taps are added in PyWavelets' order: but for values that reach over the border, the results
    agree to the last bit.
    """
    taps = filters.shape[1]
    size = lines.shape[1] - (taps - 1) * step
    low = np.zeros((lines.shape[0], size), lines.dtype)
    high = np.zeros((lines.shape[0], size), lines.dtype)
    for row in range(lines.shape[0]):
        for start in range(0, size, _BLOCK):
            stop = min(start + _BLOCK, size)
            for tap in range(taps):
                shift = (taps - 1 - tap) * step
                lo, hi = filters[0, tap], filters[1, tap]
                for k in range(start, stop):
                    value = lines[row, k + shift]
                    low[row, k] += lo * value
                    high[row, k] += hi * value
    return low, high
