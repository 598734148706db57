"""Riesz transforms: derivatives of an image at all scales alike, or of a filter's response."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics import checks
from tumorcast.radiomics.checks import NotAcceptedError
from tumorcast.radiomics.ibsi.config import Dimension
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES, Boundary
from tumorcast.radiomics.ibsi.filters.log import LaplacianOfGaussian
from tumorcast.radiomics.ibsi.filters.simoncelli import Simoncelli
from tumorcast.radiomics.ibsi.filters.spectral import filtered, on_extended
from tumorcast.radiomics.ibsi.parameters import Checked, parameter

Order = tuple[int, ...]


def riesz_order(value: object) -> Order:
    """Accept how often to differentiate along (x, y) or (x, y, z)."""
    expected = "whole numbers of 0 or more along x, y and z, not all 0, such as [0, 2, 0]"
    if not isinstance(value, (list, tuple)) or len(value) not in {2, 3}:
        raise NotAcceptedError(expected)
    order = tuple(checks.non_negative_int(item) for item in value)
    if not any(order):
        raise NotAcceptedError(expected)
    return order


def riesz(image: NDArray[np.float64], order: Order) -> NDArray[np.float64]:
    """Return one component of the Riesz transform of a periodic image.

    Source: IBSI filter reference manual, section "Riesz transform".

    Parameters
    ----------
    image
        Shape (z, y, x).
    order
        Along (x, y), for each slice, or (x, y, z).
    """
    total = sum(order)
    weight = math.sqrt(math.factorial(total) / math.prod(map(math.factorial, order)))

    def transfer(frequencies: Sequence[NDArray[np.float64]]) -> NDArray[np.complex128]:
        radius = np.sqrt(sum(f**2 for f in frequencies))
        radius[radius == 0] = math.inf
        power = math.prod(f**n for f, n in zip(reversed(frequencies), order, strict=True))
        return np.asarray((-1j) ** total * weight * power / radius**total)

    return filtered(image, transfer, len(order))


def _dimension(order: Order) -> Dimension:
    return "2D" if len(order) == 2 else "3D"


def _named(order: Order, base: str) -> str:
    return f"riesz-{''.join(map(str, order))}-{base}"


@dataclass(frozen=True)
class RieszLoG(Checked):
    """Riesz transform of a Laplacian of Gaussian.

    Source: IBSI filter reference manual, section "Riesz transform".

    Parameters
    ----------
    order
        How often to differentiate along (x, y) or (x, y, z), such as (0, 2, 0).
    sigma_mm, cutoff
        As of `LaplacianOfGaussian`.
    boundary
        What lies beyond the image. Other than ``"periodic"`` needs 4 or 8 times the memory.
    """

    order: Order = parameter(riesz_order)
    sigma_mm: float = parameter(checks.positive)
    cutoff: float = parameter(checks.positive, 4.0)
    boundary: Boundary = parameter(checks.one_of(*BOUNDARIES), "mirror")

    @property
    def name(self) -> str:
        """First part of the names of its features."""
        return _named(self.order, self._base.name)

    def reach(self, spacing_mm: tuple[float, float, float]) -> None:
        """Return nothing: a response depends on the whole image."""
        del spacing_mm

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x); raises as `LaplacianOfGaussian`."""
        return on_extended(
            image,
            lambda whole: riesz(self._base.respond(whole, spacing_mm), self.order),
            self.boundary,
            len(self.order),
        )

    @property
    def _base(self) -> LaplacianOfGaussian:
        return LaplacianOfGaussian(
            self.sigma_mm, self.cutoff, _dimension(self.order), boundary="periodic"
        )


@dataclass(frozen=True)
class RieszSimoncelli(Checked):
    """Riesz transform of Simoncelli's band-pass response.

    Source: IBSI filter reference manual, section "Riesz transform".

    Parameters
    ----------
    order
        How often to differentiate along (x, y) or (x, y, z), such as (0, 2, 0).
    level
        As of `Simoncelli`.
    boundary
        What lies beyond the image. Other than ``"periodic"`` needs 4 or 8 times the memory.
    """

    order: Order = parameter(riesz_order)
    level: int = parameter(checks.positive_int, 1)
    boundary: Boundary = parameter(checks.one_of(*BOUNDARIES), "periodic")

    @property
    def name(self) -> str:
        """First part of the names of its features."""
        return _named(self.order, self._base.name)

    def reach(self, spacing_mm: tuple[float, float, float]) -> None:
        """Return nothing: a response depends on the whole image."""
        del spacing_mm

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x); raises as `Simoncelli`."""
        return on_extended(
            image,
            lambda whole: riesz(self._base.respond(whole, spacing_mm), self.order),
            self.boundary,
            len(self.order),
        )

    @property
    def _base(self) -> Simoncelli:
        return Simoncelli(self.level, _dimension(self.order), boundary="periodic")
