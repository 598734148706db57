"""What an image filter is given and what it yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.raster import bounding_box, box

NamedImage = tuple[str, NDArray[Any]]
"""A name as PyRadiomics gives it, such as ``wavelet-LLH``, and the image in `FilterInput.box`."""


@dataclass(frozen=True, eq=False)
class FilterInput:
    """The prepared image, and where in it filtered values are wanted.

    Parameters
    ----------
    array
        Shape (z, y, x), in the number type of the input.
    spacing_mm
        Along (z, y, x).
    mask
        Voxels of any region. A filter sees the whole array and yields the part of its image in
        the smallest box around these voxels; what it looks at voxel by voxel, only in them.
    findings
        Receives what a filter could not do.
    """

    array: NDArray[Any]
    spacing_mm: tuple[float, float, float]
    mask: NDArray[np.bool_]
    findings: list[Finding] = field(default_factory=list)

    @cached_property
    def box(self) -> tuple[slice, slice, slice]:
        """The smallest box around the regions, as slices of the array."""
        return box(*bounding_box(self.mask))
