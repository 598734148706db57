"""Where the voxels of a grid lie in the patient, as a value without voxels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tumorcast.errors import BadInputError

Affine = tuple[tuple[float, float, float, float], ...]
Triple = tuple[int, int, int]

_DECIMALS = 11
"""The affine is kept to 1e-11 mm, so that each exact verb is undone exactly by its opposite."""

ORTHONORMAL_TOLERANCE = 1e-5
"""Directions read from float32 headers deviate by up to 1e-7 from orthonormal."""

_FLAT_MM = 1e-6

_ROUNDING_VOXELS = 1e-3
"""Two headers of one grid in two file formats (float32, decimal text) agree to this."""


@dataclass(frozen=True)
class Geometry:
    """A regular grid with orthogonal axes in the patient's LPS space.

    It has no voxels, so crops, shells and resampling are planned on it. Two geometries are equal
    when shape, affine and frame of reference are equal, with no tolerance.

    Parameters
    ----------
    shape
        Number of voxels along the array's axes (z, y, x).
    affine
        4 x 4, maps an array index (z, y, x, 1) to LPS (x, y, z, 1) in mm, at the voxel's centre.
    frame_of_reference
        DICOM Frame of Reference UID; empty if unknown, as in NIfTI.

    Raises
    ------
    BadInputError
        ``GEO-01`` when the axes are not orthogonal, are flat, or are not finite.
    """

    shape: Triple
    affine: Affine
    frame_of_reference: str = ""

    def __post_init__(self) -> None:
        shape = tuple(int(size) for size in self.shape)
        matrix = np.asarray(self.affine, dtype=np.float64)
        if len(shape) != 3 or min(shape) < 1 or matrix.shape != (4, 4):
            raise BadInputError(
                "GEO-01",
                f"a grid of shape {shape} with an affine of shape {matrix.shape}",
                expected="three axes of at least one voxel and a 4 x 4 affine",
                fix="give one volume, with the position of its voxels",
            )
        deviation = orthonormal_deviation(matrix)
        if deviation > ORTHONORMAL_TOLERANCE:
            raise skewed(deviation)
        rounded = tuple(
            tuple(round(value, _DECIMALS) + 0.0 for value in row) for row in matrix.tolist()
        )
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine", rounded)

    @classmethod
    def of_spacing(
        cls,
        shape: Sequence[int],
        spacing_mm: Sequence[float],
        origin_mm: Sequence[float] = (0.0, 0.0, 0.0),
    ) -> Geometry:
        """Return the grid whose axes run along S, P and L.

        Parameters
        ----------
        shape, spacing_mm
            Along (z, y, x).
        origin_mm
            LPS (x, y, z) of the first voxel's centre.
        """
        return cls.from_parts(shape, spacing_mm, np.eye(3)[:, ::-1], origin_mm)

    @classmethod
    def from_parts(
        cls,
        shape: Sequence[int],
        spacing_mm: ArrayLike,
        direction: ArrayLike,
        origin_mm: ArrayLike,
        frame_of_reference: str = "",
    ) -> Geometry:
        """Return the grid with these parts, each as the property of the same name gives it."""
        matrix = np.eye(4)
        with np.errstate(invalid="ignore"):
            matrix[:3, :3] = np.asarray(direction, dtype=np.float64) * np.asarray(spacing_mm)
        matrix[:3, 3] = np.asarray(origin_mm)
        return cls.of_matrix(shape, matrix, frame_of_reference)

    @classmethod
    def of_matrix(
        cls, shape: Sequence[int], matrix: NDArray[Any], frame_of_reference: str = ""
    ) -> Geometry:
        """Return the grid with the affine `matrix`, shape (4, 4)."""
        rows = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in matrix)
        depth, height, width = (int(size) for size in shape)
        return cls((depth, height, width), rows, frame_of_reference)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The affine as an array, shape (4, 4)."""
        matrix: NDArray[np.float64] = np.array(self.affine, dtype=np.float64)
        return matrix

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxels along (z, y, x)."""
        (xz, xy, xx, _), (yz, yy, yx, _), (zz, zy, zx, _), _ = self.affine
        return math.hypot(xz, yz, zz), math.hypot(xy, yy, zy), math.hypot(xx, yx, zx)

    @property
    def origin_mm(self) -> tuple[float, float, float]:
        """LPS (x, y, z) of the first voxel's centre."""
        x, y, z = (row[3] for row in self.affine[:3])
        return x, y, z

    @property
    def direction(self) -> NDArray[np.float64]:
        """Unit vectors in LPS (rows x, y, z), one column for each array axis (z, y, x)."""
        direction: NDArray[np.float64] = self.matrix[:3, :3] / np.asarray(self.spacing_mm)
        return direction

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel."""
        return math.prod(self.spacing_mm)

    @property
    def n_voxels(self) -> int:
        """Number of voxels."""
        return math.prod(self.shape)

    def index_to_lps(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map array indices (z, y, x), shape (..., 3), to LPS (x, y, z) in mm."""
        matrix = self.matrix
        lps: NDArray[np.float64] = np.asarray(points) @ matrix[:3, :3].T + matrix[:3, 3]
        return lps

    def lps_to_index(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map LPS points (x, y, z) in mm, shape (..., 3), to fractional array indices (z, y, x)."""
        offset = np.asarray(points, dtype=np.float64) - np.asarray(self.origin_mm)
        index: NDArray[np.float64] = offset @ np.linalg.inv(self.matrix[:3, :3]).T
        return index

    def corners_lps(self) -> NDArray[np.float64]:
        """Return the centres of the eight corner voxels, shape (8, 3), LPS in mm."""
        last = np.asarray(self.shape) - 1
        return self.index_to_lps(np.array(list(np.ndindex(2, 2, 2))) * last)

    def crop(self, start: Sequence[int], stop: Sequence[int]) -> Geometry:
        """Return the grid of the array indices ``start <= index < stop``."""
        start_index, stop_index = np.asarray(start), np.asarray(stop)
        inside = (start_index >= 0) & (start_index < stop_index) & (stop_index <= self.shape)
        if not inside.all():
            raise ValueError(f"cannot crop {self.shape} from {tuple(start)} to {tuple(stop)}")
        return self._moved(start_index, stop_index - start_index)

    def pad(self, before: Sequence[int], after: Sequence[int]) -> Geometry:
        """Return the grid with voxels added at both ends of each axis (z, y, x)."""
        before_count, after_count = np.asarray(before), np.asarray(after)
        if min(before_count.min(), after_count.min()) < 0:
            raise ValueError(f"cannot pad by {tuple(before)} and {tuple(after)}: negative")
        return self._moved(-before_count, before_count + np.asarray(self.shape) + after_count)

    def _moved(self, first: NDArray[Any], shape: NDArray[Any]) -> Geometry:
        matrix = self.matrix
        matrix[:3, 3] = self.index_to_lps(first)
        return self.of_matrix(shape.tolist(), matrix, self.frame_of_reference)

    def flip(self, axis: int) -> Geometry:
        """Return the same voxel centres with array axis `axis` (0 = z) in the opposite order."""
        matrix = self.matrix
        last = np.zeros(3)
        last[axis] = self.shape[axis] - 1
        matrix[:3, 3] = self.index_to_lps(last)
        matrix[:3, axis] = -matrix[:3, axis]
        return self.of_matrix(self.shape, matrix, self.frame_of_reference)

    def permute(self, order: Sequence[int]) -> Geometry:
        """Return the same voxel centres with the array axes in `order`."""
        if sorted(order) != [0, 1, 2]:
            raise ValueError(f"an order of the axes 0, 1 and 2 is needed, not {tuple(order)}")
        shape = [self.shape[axis] for axis in order]
        return self.of_matrix(shape, self.matrix[:, [*order, 3]], self.frame_of_reference)

    def reorientation(self) -> tuple[Triple, tuple[int, ...]]:
        """Return the (order, axes to flip) that bring the array axes closest to (S, P, L).

        The order comes first; the axes to flip are counted after it.
        """
        weight = np.abs(self.direction)
        orders = [(a, b, c) for a, b, c in np.ndindex(3, 3, 3) if len({a, b, c}) == 3]
        order = max(orders, key=lambda o: weight[2, o[0]] + weight[1, o[1]] + weight[0, o[2]])
        direction = self.direction[:, list(order)]
        return order, tuple(axis for axis in range(3) if direction[2 - axis, axis] < 0)

    def reoriented(self) -> Geometry:
        """Return the same voxel centres with array axes (z, y, x) closest to S, P and L."""
        order, flips = self.reorientation()
        geometry = self.permute(order)
        for axis in flips:
            geometry = geometry.flip(axis)
        return geometry

    def with_spacing(self, spacing_mm: Sequence[float]) -> Geometry:
        """Return the grid with another spacing (z, y, x) and the same centre.

        Source: IBSI-1 reference manual, 2.4 "Interpolation": the shape is rounded up, and the
        centres of both grids coincide.
        """
        old = np.asarray(self.spacing_mm)
        new = np.asarray(spacing_mm, dtype=np.float64)
        shape = np.ceil(np.asarray(self.shape) * old / new - 1e-6).astype(int)
        first = (np.asarray(self.shape) - 1) / 2 - (shape - 1) / 2 * new / old
        origin = self.index_to_lps(first)
        return self.from_parts(
            shape.tolist(), new.tolist(), self.direction, origin.tolist(), self.frame_of_reference
        )

    def same_space(self, other: Geometry) -> bool:
        """Tell whether nothing says that the coordinates of the two mean different places.

        False when both name a frame of reference and the names differ. Files without one (NIfTI,
        NRRD, MetaImage) are taken at their coordinates.
        """
        names = {self.frame_of_reference, other.frame_of_reference} - {""}
        return len(names) < 2

    def coincides_with(self, other: Geometry) -> bool:
        """Tell whether both are one grid, written with the precision of two file formats.

        The shapes are equal and no corner is further than 0.001 voxel from its twin.
        """
        if self.shape != other.shape or not self.same_space(other):
            return False
        distance_mm = np.linalg.norm(self.corners_lps() - other.corners_lps(), axis=1)
        return bool(distance_mm.max() <= _ROUNDING_VOXELS * min(self.spacing_mm))


def orthonormal_deviation(matrix: NDArray[np.float64]) -> float:
    """Return the largest entry of ``|D'D - 1|``, D the directions of a 4 x 4 matrix.

    It is 0 for orthogonal axes, and infinite if the matrix is flat or not finite.
    """
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    if not np.isfinite(matrix).all() or spacing.min() <= _FLAT_MM:
        return math.inf
    direction = matrix[:3, :3] / spacing
    return float(np.abs(direction.T @ direction - np.eye(3)).max())


def skewed(deviation: float, file: str = "") -> BadInputError:
    """Return the error for axes that are not orthogonal."""
    return BadInputError(
        "GEO-01",
        f"axes that deviate by {deviation:.2g} from orthogonal"
        if deviation < math.inf
        else "axes of no length",
        expected="orthogonal axes",
        fix="resample the image onto a grid with orthogonal axes and export it again",
        file=file,
    )
