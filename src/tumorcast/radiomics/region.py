"""A region on the grid on which features are measured, with what all its images share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging.raster import bounding_box, box
from tumorcast.radiomics.texture.neighbours import (
    Neighbours,
    directions_with_lines,
    half_offsets,
    neighbours_of,
)


@dataclass(frozen=True, eq=False)
class MeasuredRegion:
    """The voxels of a region; neighbours are found once and used by every image.

    Parameters
    ----------
    mask
        Shape (z, y, x), on the grid of the image.
    spacing_mm
        Along (z, y, x).
    """

    mask: NDArray[np.bool_]
    spacing_mm: tuple[float, float, float]

    @cached_property
    def flat(self) -> NDArray[np.int64]:
        """Positions of the voxels in the flattened image."""
        return np.flatnonzero(self.mask.ravel())

    @cached_property
    def cropped(self) -> NDArray[np.bool_]:
        """The mask within its bounding box."""
        return np.ascontiguousarray(self.mask[box(*bounding_box(self.mask))])

    @property
    def n_voxels(self) -> int:
        """Number of voxels."""
        return self.flat.size

    @property
    def extent(self) -> tuple[int, int, int]:
        """Voxels of the bounding box along (z, y, x)."""
        z, y, x = self.cropped.shape
        return z, y, x

    @cached_property
    def _tables(self) -> dict[tuple[tuple[int, ...], int | None], Neighbours]:
        return {}

    def neighbours(self, distances: Sequence[int], fixed_axis: int | None) -> Neighbours:
        """Return the neighbours at these Chebyshev distances, off `fixed_axis` if given."""
        key = (tuple(sorted(set(distances))), fixed_axis)
        if key not in self._tables:
            offsets = half_offsets(key[0], fixed_axis=fixed_axis)
            fitting = [step for step in offsets if _fits(step, self.extent)]
            self._tables[key] = neighbours_of(self.cropped, fitting)
        return self._tables[key]

    def lines(self, fixed_axis: int | None) -> NDArray[np.bool_]:
        """Tell which directions at distance 1 have lines that meet two voxels; shape (d,)."""
        return _lines(self, fixed_axis)


@lru_cache(maxsize=8)
def _lines(region: MeasuredRegion, fixed_axis: int | None) -> NDArray[np.bool_]:
    near = region.neighbours((1,), fixed_axis)
    linked: NDArray[np.bool_] = np.any(near.index < near.n_voxels, axis=1)
    if not linked.all():
        linked[~linked] = directions_with_lines(region.cropped, near.offsets[~linked])
    return linked


def _fits(step: tuple[int, int, int], extent: tuple[int, int, int]) -> bool:
    return all(abs(move) < size for move, size in zip(step, extent, strict=True))
