"""The mean of a cube around each voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics import checks
from tumorcast.radiomics.checks import NotAcceptedError
from tumorcast.radiomics.ibsi.config import DIMENSIONS, Dimension
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES, Boundary
from tumorcast.radiomics.ibsi.filters.convolution import Line, convolved, reach_of
from tumorcast.radiomics.ibsi.parameters import Checked, parameter


def odd(value: object) -> int:
    """Accept an odd number of voxels."""
    count = checks.positive_int(value)
    if count % 2 == 0:
        raise NotAcceptedError("an odd number of voxels, so that one is in the middle")
    return count


def box(support: int, dimension: Dimension) -> list[Line]:
    """Return the lines of a mean over so many voxels along each axis."""
    return [np.full(support, 1 / support)] * (2 if dimension == "2D" else 3)


@dataclass(frozen=True)
class Mean(Checked):
    """Mean filter.

    Source: IBSI filter reference manual, section "Mean filters" (S60F).

    Parameters
    ----------
    support
        Voxels along each axis, an odd number.
    dimension
        ``"2D"`` in each slice, ``"3D"`` in space.
    boundary
        What lies beyond the image.
    """

    support: int = parameter(odd)
    dimension: Dimension = parameter(checks.one_of(*DIMENSIONS), "3D")
    boundary: Boundary = parameter(checks.one_of(*BOUNDARIES), "mirror")

    @property
    def name(self) -> str:
        """First part of the names of its features."""
        return f"mean-{self.dimension}-{self.support}"

    def reach(self, spacing_mm: tuple[float, float, float]) -> tuple[int, int, int]:
        """Return how many voxels away along (z, y, x) a response may depend on."""
        del spacing_mm
        return reach_of(box(self.support, self.dimension))

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x)."""
        del spacing_mm
        return convolved(image, box(self.support, self.dimension), self.boundary)
