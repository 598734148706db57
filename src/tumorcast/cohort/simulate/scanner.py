"""Centres, their scanners, and what a scanner adds to the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tumorcast.cohort.simulate.grid import Field, Grid


@dataclass(frozen=True)
class CtScanner:
    """How a centre's CT sees.

    Parameters
    ----------
    spacing_mm
        Distance between voxels along (z, y, x); z is the slice thickness.
    blur_mm
        Standard deviation of the in-plane point spread (the kernel).
    noise_hu
        Standard deviation of the noise in a voxel.
    grain_mm
        In-plane correlation length of the noise: long for a soft kernel.
    offset_hu
        Error of the calibration.
    """

    spacing_mm: tuple[float, float, float]
    blur_mm: float
    noise_hu: float
    grain_mm: float
    offset_hu: float = 0.0

    @property
    def blur_zyx_mm(self) -> tuple[float, float, float]:
        """Blur along (z, y, x); a slice of width w has the standard deviation w / sqrt(12)."""
        return self.spacing_mm[0] / np.sqrt(12.0), self.blur_mm, self.blur_mm

    def record(self, density_hu: Field, grid: Grid, rng: np.random.Generator) -> Field:
        """Return the image of a density, with offset and noise, in whole HU within 12 bits."""
        grain = [0.0] + [self.grain_mm / step for step in grid.spacing_mm[1:]]
        noisy = density_hu + self.offset_hu + self.noise_hu * _noise(grid, grain, rng)
        return np.clip(np.rint(noisy), -1024, 3071)


@dataclass(frozen=True)
class PetScanner:
    """How a centre's PET sees.

    Parameters
    ----------
    spacing_mm
        Distance between voxels along (z, y, x).
    resolution_mm
        Full width at half maximum of the point spread.
    noise
        Standard deviation of the noise at SUV 1; it grows with the square root of the SUV.
    calibration
        Factor on every SUV.
    """

    spacing_mm: tuple[float, float, float]
    resolution_mm: float
    noise: float
    calibration: float = 1.0

    def record(self, uptake_suv: Field, grid: Grid, rng: np.random.Generator) -> Field:
        """Return the image of an uptake, blurred, with noise, never negative."""
        from scipy.ndimage import gaussian_filter  # noqa: PLC0415  (slow to import)

        sigma = [self.resolution_mm / 2.355 / step for step in grid.spacing_mm]
        seen = gaussian_filter(uptake_suv, sigma, mode="nearest", truncate=3.0)
        grain = [2.6 / step for step in grid.spacing_mm]
        noisy = seen + self.noise * np.sqrt(seen) * _noise(grid, grain, rng)
        return np.maximum(np.float32(self.calibration) * noisy, 0.0)


@dataclass(frozen=True)
class Centre:
    """A centre, its share of the patients and its scanners."""

    name: str
    share: float
    ct: CtScanner
    pet: PetScanner


def _noise(grid: Grid, grain_voxels: list[float], rng: np.random.Generator) -> Field:
    """Return noise of unit standard deviation with a Gaussian grain."""
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415  (slow to import)

    white = rng.standard_normal(grid.shape, dtype=np.float32)
    smooth = gaussian_filter(white, grain_voxels, mode="wrap", truncate=3.0)
    return np.asarray(smooth / smooth.std(), dtype=np.float32)
