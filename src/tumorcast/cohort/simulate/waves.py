"""Smooth random fields as sums of plane waves.

A field is a function of position, so that CT and PET see the same tissue on different grids, and a
scanner's blur is a factor on each wave instead of a filter (Shinozuka & Deodatis, Appl Mech Rev
1991;44:191).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.simulate.grid import Field, Grid


@dataclass(frozen=True, eq=False)
class Waves:
    """A random field of mean 0 and variance 1.

    Parameters
    ----------
    frequency
        Angular frequencies along (z, y, x) in radians per mm, shape (n, 3).
    phase
        Shape (n,).
    """

    frequency: NDArray[np.float64]
    phase: NDArray[np.float64]

    @classmethod
    def draw(cls, rng: np.random.Generator, n: int, length_mm: float) -> Waves:
        """Draw n waves of a field with the autocorrelation exp(-r^2 / (2 length^2))."""
        return cls(rng.standard_normal((n, 3)) / length_mm, rng.uniform(0, 2 * np.pi, n))

    def on(self, grid: Grid, blur_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Field:
        """Return the field on a grid, after a Gaussian blur of this standard deviation (z, y, x).

        Because a plane wave is a product over the axes, the sum is one matrix product.
        """
        damping = np.exp(-0.5 * np.sum((self.frequency * np.asarray(blur_mm)) ** 2, axis=1))
        amplitude = np.sqrt(2.0 / len(self.phase)) * damping * np.exp(1j * self.phase)
        along_z, along_y, along_x = (
            np.exp(1j * np.outer(grid.axis_mm(axis), self.frequency[:, axis])) for axis in range(3)
        )
        plane = ((along_z * amplitude)[:, None, :] * along_y).reshape(-1, len(self.phase))
        left = np.concatenate([plane.real, -plane.imag], axis=1).astype(np.float32)
        right = np.concatenate([along_x.real, along_x.imag], axis=1).astype(np.float32)
        return (left @ right.T).reshape(grid.shape)
