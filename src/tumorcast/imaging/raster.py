"""What images and masks share: an array on a geometry, and the verbs that move no value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging.geometry import Geometry, Triple


@dataclass(frozen=True, eq=False)
class Raster:
    """An array (z, y, x) and where its voxels lie.

    Every verb is exact: values are moved, dropped or added, never computed.
    """

    array: NDArray[Any]
    geometry: Geometry

    def __post_init__(self) -> None:
        array = np.ascontiguousarray(self.array)
        if array.shape != self.geometry.shape:
            raise BadInputError(
                "GEO-04",
                f"an array of shape {array.shape} for a geometry of shape {self.geometry.shape}",
                expected="the same shape (z, y, x)",
                fix="give the array in (z, y, x) order, with its own geometry",
            )
        array = array.view()
        array.flags.writeable = False
        object.__setattr__(self, "array", array)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Raster) or type(self) is not type(other):
            return NotImplemented
        return (
            self.geometry == other.geometry
            and self._label() == other._label()
            and self.array.dtype == other.array.dtype
            and np.array_equal(self.array, other.array, equal_nan=self.array.dtype.kind in "fc")
        )

    __hash__ = None  # type: ignore[assignment]

    def _label(self) -> str:
        """Return what distinguishes two rasters beside array and geometry."""
        raise TypeError(type(self).__name__)

    def crop(self, start: Sequence[int], stop: Sequence[int]) -> Self:
        """Return the voxels ``start <= index < stop``, along (z, y, x)."""
        geometry = self.geometry.crop(start, stop)
        return self._with(self.array[box(start, stop)], geometry)

    def flip(self, axis: int) -> Self:
        """Return the same voxels at the same places, array axis `axis` in the opposite order."""
        return self._with(np.flip(self.array, axis), self.geometry.flip(axis))

    def permute(self, order: Sequence[int]) -> Self:
        """Return the same voxels at the same places, array axes in `order`."""
        return self._with(np.transpose(self.array, order), self.geometry.permute(order))

    def reoriented(self) -> Self:
        """Return the same voxels at the same places, array axes closest to (S, P, L)."""
        order, flips = self.geometry.reorientation()
        return self._with(
            np.flip(np.transpose(self.array, order), flips), self.geometry.reoriented()
        )

    def _padded(self, before: Sequence[int], after: Sequence[int], value: float) -> Self:
        geometry = self.geometry.pad(before, after)
        widths = list(zip(before, after, strict=True))
        return self._with(np.pad(self.array, widths, constant_values=value), geometry)

    def _with(self, array: NDArray[Any], geometry: Geometry) -> Self:
        return replace(self, array=array, geometry=geometry)


def box(start: Iterable[int], stop: Iterable[int]) -> tuple[slice, slice, slice]:
    """Return the slices of the array indices ``start <= index < stop``."""
    z, y, x = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return z, y, x


def bounding_box(array: NDArray[np.bool_]) -> tuple[Triple, Triple]:
    """Return ``(start, stop)`` of the smallest box that holds every True voxel.

    Raises
    ------
    ValueError
        When no voxel is True.
    """
    z0, z1 = _ends(np.any(array, axis=(1, 2)))
    plane = np.any(array[z0:z1], axis=0)
    (y0, y1), (x0, x1) = _ends(np.any(plane, axis=1)), _ends(np.any(plane, axis=0))
    return (z0, y0, x0), (z1, y1, x1)


def _ends(occupied: NDArray[Any]) -> tuple[int, int]:
    indices = np.flatnonzero(occupied)
    if not indices.size:
        raise ValueError("an empty mask has no bounding box")
    return int(indices[0]), int(indices[-1]) + 1
