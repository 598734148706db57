"""The band-pass filters of Simoncelli's non-separable wavelets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics import checks
from tumorcast.radiomics.ibsi.config import DIMENSIONS, Dimension
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES, Boundary
from tumorcast.radiomics.ibsi.filters.spacing import equal_spacing_mm
from tumorcast.radiomics.ibsi.filters.spectral import filtered, on_extended
from tumorcast.radiomics.ibsi.parameters import Checked, parameter


@dataclass(frozen=True)
class Simoncelli(Checked):
    """Band-pass response (the B map) of the isotropic wavelet of Portilla and Simoncelli.

    Source: IBSI filter reference manual, section "Non-separable wavelets" (LODD).

    Parameters
    ----------
    level
        Of the decomposition, from 1 on: each halves the frequencies of the one before.
    dimension
        ``"2D"`` in each slice, ``"3D"`` in space.
    boundary
        What lies beyond the image. Other than ``"periodic"`` needs 4 or 8 times the memory.
    """

    level: int = parameter(checks.positive_int, 1)
    dimension: Dimension = parameter(checks.one_of(*DIMENSIONS), "3D")
    boundary: Boundary = parameter(checks.one_of(*BOUNDARIES), "periodic")

    @property
    def name(self) -> str:
        """First part of the names of its features."""
        return f"simoncelli-{self.dimension}-{self.level}"

    def reach(self, spacing_mm: tuple[float, float, float]) -> None:
        """Return nothing: a response depends on the whole image."""
        del spacing_mm

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x).

        Raises
        ------
        BadInputError
            ``IBS-10`` the spacing differs along the filtered axes.
        """
        equal_spacing_mm(spacing_mm, self.dimension, self.name)
        dimensions = 2 if self.dimension == "2D" else 3
        return on_extended(
            image, lambda whole: filtered(whole, self._band, dimensions), self.boundary, dimensions
        )

    def _band(self, frequencies: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        radius = np.sqrt(sum(f**2 for f in frequencies)) * 2 ** (self.level - 1)
        inside = (radius > 1 / 4) & (radius < 1)
        octaves = np.log2(2 * np.where(inside, radius, 0.5))
        return np.where(inside, np.cos(math.pi / 2 * octaves), 0.0)
