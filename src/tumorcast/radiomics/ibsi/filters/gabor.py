"""Gabor filters: waves of one length and direction under a Gaussian."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics import checks
from tumorcast.radiomics.checks import NotAcceptedError
from tumorcast.radiomics.ibsi.config import Dimension
from tumorcast.radiomics.ibsi.filters.boundary import BOUNDARIES, Boundary, padded
from tumorcast.radiomics.ibsi.filters.rotation import POOLINGS, Pooling, pooled
from tumorcast.radiomics.ibsi.filters.spacing import equal_spacing_mm
from tumorcast.radiomics.ibsi.parameters import Checked, in_name, parameter

_END_SIGMAS = 6
"""Where the Gaussian has fallen to 2e-8."""


def step_of_turn(value: object) -> float:
    """Accept an angle of which a whole number makes a turn."""
    step = checks.positive(value)
    if not math.isclose(360 / step, round(360 / step), rel_tol=1e-9):
        raise NotAcceptedError("an angle of which a whole number makes 360 degrees, such as 45")
    return step


@dataclass(frozen=True)
class Gabor(Checked):
    """Magnitude of the response to a two-dimensional Gabor kernel, slice by slice.

    Source: IBSI filter reference manual, section "Gabor filters" (Q88H).

    Parameters
    ----------
    sigma_mm
        Deviation of the Gaussian along the wave.
    wavelength_mm
        Length of the wave.
    aspect_ratio
        Deviation along the wave over that across it.
    orientation_deg
        Direction of the wave from the x axis, clockwise on a slice as displayed.
    orientation_step_deg
        Pool the responses of all directions a step apart, for invariance to rotation.
    pooling
        How: ``"max"`` or ``"average"``.
    orthogonal_planes
        Filter slices across each of the three axes and take the mean of the three.
    boundary
        What lies beyond the image.
    """

    sigma_mm: float = parameter(checks.positive)
    wavelength_mm: float = parameter(checks.positive)
    aspect_ratio: float = parameter(checks.positive)
    orientation_deg: float = parameter(checks.number, 0.0)
    orientation_step_deg: float | None = parameter(checks.optional(step_of_turn), None)
    pooling: Pooling = parameter(checks.one_of(*POOLINGS), "average")
    orthogonal_planes: bool = parameter(checks.boolean, False)
    boundary: Boundary = parameter(checks.one_of(*BOUNDARIES), "mirror")

    @property
    def name(self) -> str:
        """First part of the names of its features."""
        turned = f"{in_name(self.orientation_deg)}deg"
        if self.orientation_step_deg is not None:
            turned += f"-step-{in_name(self.orientation_step_deg)}deg-{self.pooling}"
        planes = "3D" if self.orthogonal_planes else "2D"
        shape = f"{in_name(self.sigma_mm)}mm-{in_name(self.wavelength_mm)}mm"
        return f"gabor-{planes}-{shape}-{in_name(self.aspect_ratio)}-{turned}"

    def reach(self, spacing_mm: tuple[float, float, float]) -> tuple[int, int, int]:
        """Return how many voxels away along (z, y, x) a response may depend on."""
        radius = self._radius(self._spacing(spacing_mm))
        return (radius if self.orthogonal_planes else 0, radius, radius)

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x).

        Raises
        ------
        BadInputError
            ``IBS-10`` the spacing differs along the filtered axes.
        """
        step_mm = self._spacing(spacing_mm)
        kernels = [(self._kernel(angle, step_mm), n) for angle, n in self._angles()]
        total = np.zeros_like(image)
        axes = (0, 1, 2) if self.orthogonal_planes else (0,)
        for axis in axes:
            across = np.moveaxis(image, axis, 0)
            found = np.moveaxis(total, axis, 0)
            for number, magnitude in enumerate(self._slices(across, kernels)):
                found[number] += magnitude
        return total / len(axes)

    def _slices(
        self, image: NDArray[np.float64], kernels: list[tuple[NDArray[np.complex128], int]]
    ) -> Iterator[NDArray[np.float64]]:
        """Yield the pooled magnitudes of one slice after another along the first axis."""
        from scipy.fft import fft2, ifft2, next_fast_len  # noqa: PLC0415

        radius = kernels[0][0].shape[0] // 2
        shape = [next_fast_len(n + 2 * radius) for n in image.shape[1:]]
        spectra = [(fft2(kernel, shape), n) for kernel, n in kernels]
        inner = tuple(slice(2 * radius, 2 * radius + n) for n in image.shape[1:])
        for plane in image:
            extended = fft2(padded(plane, [(radius, radius)] * 2, self.boundary), shape)
            yield pooled(
                ((np.abs(ifft2(extended * kernel)[inner]), n) for kernel, n in spectra),
                self.pooling,
            )

    def _angles(self) -> Iterator[tuple[float, int]]:
        """Yield directions in degrees, each with how often it occurs.

        Half a turn only conjugates the kernel, which leaves the magnitude as it is.
        """
        if self.orientation_step_deg is None:
            yield self.orientation_deg, 1
            return
        steps = np.arange(round(360 / self.orientation_step_deg)) * self.orientation_step_deg
        half, times = np.unique(np.round(steps % 180, 9) % 180, return_counts=True)
        for angle, n in zip(half.tolist(), times.tolist(), strict=True):
            yield self.orientation_deg + angle, n

    def _kernel(self, angle_deg: float, step_mm: float) -> NDArray[np.complex128]:
        radius = self._radius(step_mm)
        angle, sigma = math.radians(angle_deg), self.sigma_mm / step_mm
        y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
        along = x * math.cos(angle) + y * math.sin(angle)
        across = self.aspect_ratio * (y * math.cos(angle) - x * math.sin(angle))
        wave = np.exp(2j * math.pi * along * step_mm / self.wavelength_mm)
        return np.asarray(np.exp(-(along**2 + across**2) / (2 * sigma**2)) * wave)

    def _radius(self, step_mm: float) -> int:
        return math.ceil(_END_SIGMAS * self.sigma_mm / step_mm * max(1, 1 / self.aspect_ratio))

    def _spacing(self, spacing_mm: tuple[float, float, float]) -> float:
        dimension: Dimension = "3D" if self.orthogonal_planes else "2D"
        return equal_spacing_mm(spacing_mm, dimension, self.name)
