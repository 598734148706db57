"""Noise as strong as that which the image has already."""

from __future__ import annotations

from typing import Any

import numpy as np
import pywt
from numpy.typing import NDArray

from tumorcast.imaging.raster import bounding_box, box

_NORMAL_MEDIAN = 0.6744897501960817
"""Median of the absolute value of a standard normal variable."""

_LEVEL_MARGIN_VOXELS = 16
_ADDED_MARGIN_VOXELS = 40
"""What resampling and filters see of the surroundings."""


def noise_level(array: NDArray[Any], mask: NDArray[np.bool_]) -> float:
    """Return the standard deviation of the noise around the tumour.

    The median absolute diagonal detail coefficient of each slice (coiflet 1), over 0.6745: an edge
    fills few coefficients, noise fills all (Chang et al., IEEE TIP 2000;9:1532).

    Parameters
    ----------
    array
        Shape (slice, row, column).
    mask
        The tumour; the box around it and 16 voxels beyond are looked at.
    """
    seen = array[_around(mask, _LEVEL_MARGIN_VOXELS)].astype(np.float64)
    _, (_, _, diagonal) = pywt.dwt2(seen, "coif1", axes=(1, 2))
    return float(np.median(np.abs(diagonal)) / _NORMAL_MEDIAN)


def with_noise(
    array: NDArray[Any], mask: NDArray[np.bool_], level: float, seed: int
) -> NDArray[Any]:
    """Return the image with normal noise around the tumour, in its own number type."""
    window = _around(mask, _ADDED_MARGIN_VOXELS)
    noisy = array.copy()
    seen = noisy[window]
    values = seen + np.random.default_rng(seed).normal(0.0, level, seen.shape)
    if array.dtype.kind in "iu":
        limits = np.iinfo(array.dtype)
        values = np.clip(np.rint(values), limits.min, limits.max)
    noisy[window] = values.astype(array.dtype)
    return noisy


def _around(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice, slice]:
    start, stop = bounding_box(mask)
    return box(
        np.maximum(np.asarray(start) - margin, 0),
        np.minimum(np.asarray(stop) + margin, mask.shape),
    )
