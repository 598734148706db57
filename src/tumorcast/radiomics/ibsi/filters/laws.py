"""Laws' kernels and their energy."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics import checks
from tumorcast.radiomics.checks import NotAcceptedError
from tumorcast.radiomics.ibsi.config import Dimension
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES, Boundary
from tumorcast.radiomics.ibsi.filters.convolution import Line, convolved, reach_of
from tumorcast.radiomics.ibsi.filters.mean import box
from tumorcast.radiomics.ibsi.filters.rotation import (
    POOLINGS,
    Pooling,
    pooled,
    reversed_axes,
    rotated,
)
from tumorcast.radiomics.ibsi.parameters import Checked, parameter

_WEIGHTS = {
    "L3": (1, 2, 1),
    "L5": (1, 4, 6, 4, 1),
    "E3": (-1, 0, 1),
    "E5": (-1, -2, 0, 2, 1),
    "S3": (-1, 2, -1),
    "S5": (-1, 0, 2, 0, -1),
    "W5": (-1, 2, 0, -2, 1),
    "R5": (1, -4, 6, -4, 1),
}


def _line(name: str) -> Line:
    weights = np.array(_WEIGHTS[name], np.float64)
    return np.asarray(weights / np.linalg.norm(weights))


def _names(kernels: str) -> list[str]:
    return [kernels[k : k + 2] for k in range(0, len(kernels), 2)]


def kernel_names(value: object) -> str:
    """Accept two or three of Laws' kernels in a row."""
    known = "|".join(_WEIGHTS)
    if not isinstance(value, str) or not re.fullmatch(f"({known}){{2,3}}", value):
        raise NotAcceptedError(
            f"two kernels for slices or three for space, of {', '.join(_WEIGHTS)}, such as L5E5E5"
        )
    return value


@dataclass(frozen=True)
class Laws(Checked):
    """Laws' kernels of unit norm.

    Source: IBSI filter reference manual, section "Laws kernels" (JTXT).

    Parameters
    ----------
    kernels
        Along (x, y) or (x, y, z), such as ``"L5E5E5"``.
    rotation_invariant
        Pool the responses of the kernels in all right-angle orientations.
    pooling
        How: ``"max"`` or ``"average"``.
    energy_distance
        Give the energy instead of the response: the mean magnitude up to so many voxels away
        along each axis.
    boundary
        What lies beyond the image.
    """

    kernels: str = parameter(kernel_names)
    rotation_invariant: bool = parameter(checks.boolean, True)
    pooling: Pooling = parameter(checks.one_of(*POOLINGS), "max")
    energy_distance: int | None = parameter(checks.optional(checks.positive_int), None)
    boundary: Boundary = parameter(checks.one_of(*BOUNDARIES), "mirror")

    @property
    def name(self) -> str:
        """First part of the names of its features."""
        invariant = f"-{self.pooling}" if self.rotation_invariant else ""
        energy = f"-energy-{self.energy_distance}" if self.energy_distance else ""
        return f"laws-{self.kernels}{invariant}{energy}"

    def reach(self, spacing_mm: tuple[float, float, float]) -> tuple[int, int, int]:
        """Return how many voxels away along (z, y, x) a response may depend on."""
        del spacing_mm
        widest = max(self._lines(), key=len)
        z, y, x = reach_of([widest] * len(self._lines()))
        further = self.energy_distance or 0
        return (z + further if self._dimension == "3D" else 0, y + further, x + further)

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x)."""
        del spacing_mm
        turned = rotated((self._lines(),)) if self.rotation_invariant else [((self._lines(),), 1)]
        response = pooled(
            ((convolved(image, reversed_axes(one), self.boundary), n) for (one,), n in turned),
            self.pooling,
        )
        if self.energy_distance is None:
            return response
        mean = box(2 * self.energy_distance + 1, self._dimension)
        return convolved(np.abs(response), mean, self.boundary)

    @property
    def _dimension(self) -> Dimension:
        return "2D" if len(self._lines()) == 2 else "3D"

    def _lines(self) -> tuple[Line, ...]:
        return tuple(_line(name) for name in _names(self.kernels))
