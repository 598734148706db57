"""Convolution with kernels that are one line a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.ibsi.filters.boundary import Boundary

Line = NDArray[np.float64]
"""Weights along one axis; an odd number, the middle one on the voxel."""
_MODES: dict[Boundary, str] = {
    "zero": "constant",
    "nearest": "nearest",
    "periodic": "wrap",
    "mirror": "reflect",
}


def convolved(
    image: NDArray[np.float64], lines: Sequence[Line], boundary: Boundary
) -> NDArray[np.float64]:
    """Return the convolution with the outer product of lines.

    Parameters
    ----------
    image
        Shape (z, y, x).
    lines
        Along the last axes of the image: (y, x) filters each slice, (z, y, x) the volume.
    boundary
        What lies beyond the image.
    """
    from scipy.ndimage import convolve1d  # noqa: PLC0415

    mode: Any = _MODES[boundary]
    for axis, line in enumerate(lines, start=image.ndim - len(lines)):
        image = convolve1d(image, line, axis=axis, mode=mode)
    return image


def reach_of(lines: Sequence[Line]) -> tuple[int, int, int]:
    """Return how many voxels away along (z, y, x) a response may depend on, of 2 or 3 lines."""
    reach = [line.size // 2 for line in lines]
    return (reach[-3] if len(reach) == 3 else 0, reach[-2], reach[-1])
