"""The Laplacian of a Gaussian."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics import checks
from tumorcast.radiomics.ibsi.config import DIMENSIONS, Dimension
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES, Boundary
from tumorcast.radiomics.ibsi.filters.convolution import Line, convolved
from tumorcast.radiomics.ibsi.filters.spacing import equal_spacing_mm
from tumorcast.radiomics.ibsi.parameters import Checked, in_name, parameter


@dataclass(frozen=True)
class LaplacianOfGaussian(Checked):
    """Laplacian of Gaussian, not normalised for scale, negative on bright blobs.

    Source: IBSI filter reference manual, section "Laplacian of Gaussian" (L6PA).

    Parameters
    ----------
    sigma_mm
        Deviation of the Gaussian.
    cutoff
        Deviations after which the kernel ends.
    dimension
        ``"2D"`` in each slice, ``"3D"`` in space.
    boundary
        What lies beyond the image.
    """

    sigma_mm: float = parameter(checks.positive)
    cutoff: float = parameter(checks.positive, 4.0)
    dimension: Dimension = parameter(checks.one_of(*DIMENSIONS), "3D")
    boundary: Boundary = parameter(checks.one_of(*BOUNDARIES), "mirror")

    @property
    def name(self) -> str:
        """First part of the names of its features."""
        cutoff = "" if self.cutoff == 4 else f"-cutoff-{in_name(self.cutoff)}"
        return f"log-{self.dimension}-{in_name(self.sigma_mm)}mm{cutoff}"

    def reach(self, spacing_mm: tuple[float, float, float]) -> tuple[int, int, int]:
        """Return how many voxels away along (z, y, x) a response may depend on."""
        radius = self._radius(self._sigma(spacing_mm))
        return (0 if self.dimension == "2D" else radius, radius, radius)

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x).

        Raises
        ------
        BadInputError
            ``IBS-10`` the spacing differs along the filtered axes.
        """
        sigma = self._sigma(spacing_mm)
        smooth, curved = _lines(sigma, self._radius(sigma))
        dimensions = 2 if self.dimension == "2D" else 3
        response = np.zeros_like(image)
        for axis in range(dimensions):
            lines = [curved if k == axis else smooth for k in range(dimensions)]
            response += convolved(image, lines, self.boundary)
        return response

    def _sigma(self, spacing_mm: tuple[float, float, float]) -> float:
        return self.sigma_mm / equal_spacing_mm(spacing_mm, self.dimension, self.name)

    def _radius(self, sigma: float) -> int:
        return math.floor(self.cutoff * sigma + 0.5)


def _lines(sigma: float, radius: int) -> tuple[Line, Line]:
    """Return the Gaussian and its second derivative on whole voxels."""
    x = np.arange(-radius, radius + 1, dtype=np.float64)
    smooth = np.exp(-(x**2) / (2 * sigma**2)) / (math.sqrt(2 * math.pi) * sigma)
    return smooth, smooth * (x**2 / sigma**4 - 1 / sigma**2)
