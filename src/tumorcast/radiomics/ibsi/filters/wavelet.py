"""Separable wavelets without decimation."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics import checks
from tumorcast.radiomics.checks import NotAcceptedError
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES, Boundary
from tumorcast.radiomics.ibsi.filters.convolution import Line, convolved
from tumorcast.radiomics.ibsi.filters.rotation import (
    POOLINGS,
    Cascade,
    Pooling,
    pooled,
    reversed_axes,
    rotated,
)
from tumorcast.radiomics.ibsi.parameters import Checked, parameter

_FAMILIES = {"db": range(1, 39), "sym": range(2, 21), "coif": range(1, 18)}
"""Daubechies' wavelets, symlets and coiflets, and the numbers that they come with."""


def orthogonal_wavelet(value: object) -> str:
    """Accept the short name of an orthogonal wavelet."""
    parts = re.fullmatch(r"([a-z]+)(\d+)", value) if isinstance(value, str) else None
    known = parts is not None and int(parts[2]) in _FAMILIES.get(parts[1], ())
    if value != "haar" and not known:
        raise NotAcceptedError("an orthogonal wavelet, such as haar, db3, sym4 or coif1")
    return str(value)


def sub_band(value: object) -> str:
    """Accept two or three letters L and H."""
    if not isinstance(value, str) or not re.fullmatch("[LH]{2,3}", value):
        raise NotAcceptedError("L (low-pass) or H (high-pass) along x, y and z, such as LLH")
    return value


@dataclass(frozen=True)
class SeparableWavelet(Checked):
    """One sub-band of an undecimated separable wavelet decomposition.

    Source: IBSI filter reference manual, section "Separable wavelets" (25BO); the filters of each
    level are dilated with zeros (the algorithme a trous).

    Parameters
    ----------
    family
        An orthogonal wavelet by its usual short name, such as ``"haar"``, ``"db3"``, ``"coif1"``.
    decomposition
        Low-pass or high-pass along (x, y) or (x, y, z), such as ``"LLH"``.
    level
        Of the decomposition, from 1 on; the levels before it are low-pass along all axes.
    rotation_invariant
        Pool the responses in all right-angle orientations.
    pooling
        How: ``"average"`` or ``"max"``.
    boundary
        What lies beyond the image.
    """

    family: str = parameter(orthogonal_wavelet)
    decomposition: str = parameter(sub_band)
    level: int = parameter(checks.positive_int, 1)
    rotation_invariant: bool = parameter(checks.boolean, True)
    pooling: Pooling = parameter(checks.one_of(*POOLINGS), "average")
    boundary: Boundary = parameter(checks.one_of(*BOUNDARIES), "mirror")

    @property
    def name(self) -> str:
        """First part of the names of its features."""
        invariant = f"-{self.pooling}" if self.rotation_invariant else ""
        return f"wavelet-{self.family}-{self.decomposition}-{self.level}{invariant}"

    def reach(self, spacing_mm: tuple[float, float, float]) -> tuple[int, int, int]:
        """Return how many voxels away along (z, y, x) a response may depend on."""
        del spacing_mm
        reach = sum(max(line.size // 2 for line in lines) for lines in self._cascade())
        return (reach if len(self.decomposition) == 3 else 0, reach, reach)

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x)."""
        del spacing_mm
        cascade = self._cascade()
        turned = rotated(cascade) if self.rotation_invariant else [(cascade, 1)]
        return pooled(((self._down(image, one), n) for one, n in turned), self.pooling)

    def _down(self, image: NDArray[np.float64], cascade: Cascade) -> NDArray[np.float64]:
        for lines in cascade:
            image = convolved(image, reversed_axes(lines), self.boundary)
        return image

    def _cascade(self) -> Cascade:
        low, high = _filters(self.family)
        smooth = [low] * len(self.decomposition)
        detail = [low if letter == "L" else high for letter in self.decomposition]
        levels = [smooth] * (self.level - 1) + [detail]
        return tuple(
            tuple(_centred(_dilated(line, 2**k)) for line in lines)
            for k, lines in enumerate(levels)
        )


def _filters(family: str) -> tuple[Line, Line]:
    """Return the low-pass and the high-pass filter of a wavelet."""
    import pywt  # noqa: PLC0415

    wavelet = pywt.Wavelet(family)
    return np.asarray(wavelet.dec_lo), np.asarray(wavelet.dec_hi)


def _dilated(line: Line, factor: int) -> Line:
    dilated = np.zeros(line.size * factor)
    dilated[::factor] = line
    return dilated


def _centred(line: Line) -> Line:
    """Return an odd number of weights, so that turning them does not shift the response."""
    return line if line.size % 2 else np.append(line, 0.0)
