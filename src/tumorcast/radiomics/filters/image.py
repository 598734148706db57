"""What an image filter is given and what it yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding

NamedImage = tuple[str, NDArray[Any]]
"""A name as PyRadiomics gives it, such as ``wavelet-LLH``, and the image, shape (z, y, x)."""


@dataclass(frozen=True, eq=False)
class FilterInput:
    """The prepared image.

    Parameters
    ----------
    array
        Shape (z, y, x), in the number type of the input.
    spacing_mm
        Along (z, y, x).
    mask
        Voxels of any region; filters that look at single voxels need not compute the others.
    findings
        Receives what a filter could not do.
    """

    array: NDArray[Any]
    spacing_mm: tuple[float, float, float]
    mask: NDArray[np.bool_]
    findings: list[Finding] = field(default_factory=list)
