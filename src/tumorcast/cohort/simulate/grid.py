"""The grid on which a patient is drawn, in mm from the centre of the tumour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating]
"""Values at the points of a grid, or an array that broadcasts to its shape (z, y, x); float32."""

Scalar = float | np.floating | Field
"""A number for all points, or one for each."""


@dataclass(frozen=True, eq=False)
class Points:
    """Coordinates of a grid's voxels, or of the tissue that was bent there.

    Parameters
    ----------
    z, y, x
        Height, distance towards the back, distance towards the patient's left, in mm; arrays that
        broadcast to `shape`.
    shape
        Of the grid, (z, y, x).
    """

    z: Field
    y: Field
    x: Field
    shape: tuple[int, int, int]

    @property
    def radius(self) -> Field:
        """Distance to the origin."""
        radius: Field = np.sqrt(self.z**2 + self.y**2 + self.x**2)
        return radius

    def between(self, low_mm: float, high_mm: float) -> tuple[slice, Points]:
        """Return the slices at these heights, as a range of the grid's first axis and as points."""
        first, last = np.searchsorted(self.z.ravel(), (low_mm, high_mm))
        part = slice(int(first), int(last))
        y, x = (a[part] if a.shape[0] > 1 else a for a in (self.y, self.x))
        return part, Points(self.z[part], y, x, (int(last - first), *self.shape[1:]))

    def bent(self, back: Scalar, left: Scalar) -> Points:
        """Return the points at which the tissue lay before it moved by these mm."""
        return Points(self.z, self.y - back, self.x - left, self.shape)


@dataclass(frozen=True)
class Grid:
    """A regular grid whose middle is the tumour's centre; x to the left, y back, z up (LPS).

    Parameters
    ----------
    shape
        Number of voxels along (z, y, x).
    spacing_mm
        Distance between them along (z, y, x).
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]

    @classmethod
    def covering(
        cls, extent_mm: tuple[float, float, float], spacing_mm: tuple[float, float, float]
    ) -> Grid:
        """Return the grid of this spacing that fills the extent along (z, y, x)."""
        z, y, x = (
            max(round(length / step), 1) for length, step in zip(extent_mm, spacing_mm, strict=True)
        )
        return cls((z, y, x), spacing_mm)

    def axis_mm(self, axis: int) -> NDArray[np.float64]:
        """Return the coordinates along one axis (0 is z), shape (n,)."""
        n = self.shape[axis]
        return np.asarray((np.arange(n) - (n - 1) / 2) * self.spacing_mm[axis], dtype=np.float64)

    @property
    def points(self) -> Points:
        """Coordinates of the voxels."""
        z, y, x = (self.axis_mm(axis).astype(np.float32) for axis in range(3))
        return Points(z[:, None, None], y[None, :, None], x[None, None, :], self.shape)

    @property
    def corner_mm(self) -> tuple[float, float, float]:
        """Coordinates (x, y, z) of the first voxel."""
        x, y, z = (float(self.axis_mm(axis)[0]) for axis in (2, 1, 0))
        return x, y, z

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel."""
        return float(np.prod(self.spacing_mm))
