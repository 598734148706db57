"""What lies beyond the image: IBSI's boundary conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Boundary = Literal["zero", "nearest", "periodic", "mirror"]
BOUNDARIES: tuple[Boundary, ...] = ("zero", "nearest", "periodic", "mirror")

_PAD: dict[Boundary, Literal["constant", "edge", "wrap", "symmetric"]] = {
    "zero": "constant",
    "nearest": "edge",
    "periodic": "wrap",
    "mirror": "symmetric",
}


def padded(
    image: NDArray[np.float64], widths: Sequence[tuple[int, int]], boundary: Boundary
) -> NDArray[np.float64]:
    """Return the image with voxels added before and after along each axis.

    Source: IBSI filter reference manual, section "Boundary conditions" of "Convolution".
    """
    mode: Any = _PAD[boundary]
    return np.pad(image, widths, mode=mode)
