"""One image ready for kernels: cropped, discretised and surrounded by a margin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging.raster import bounding_box
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.texture.levels import discretise
from tumorcast.radiomics.voxel.kernel import OUTSIDE, Kernel, Levels


def map_box(
    region: NDArray[np.bool_], radius: int
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return ``(start, stop)`` along (z, y, x) of the region's box and all its kernels."""
    start, stop = bounding_box(region)
    low = (max(start[0] - radius, 0), max(start[1] - radius, 0), max(start[2] - radius, 0))
    z, y, x = region.shape
    return low, (min(stop[0] + radius, z), min(stop[1] + radius, y), min(stop[2] + radius, x))


@dataclass(frozen=True, eq=False)
class KernelImage:
    """One image type within the box of the kernels.

    Parameters
    ----------
    array
        Intensities in the type of the image, shape (z, y, x).
    region
        The voxels around which kernels lie, same shape.
    spacing_mm
        Along (z, y, x).
    options
        The settings that hold for this image.
    """

    array: NDArray[Any]
    region: NDArray[np.bool_]
    spacing_mm: tuple[float, float, float]
    options: Options

    @property
    def fixed_axis(self) -> int | None:
        """The axis of (z, y, x) across which kernels do not reach."""
        return self.options.force_2d_dimension if self.options.force_2d else None

    @property
    def seen(self) -> NDArray[np.bool_]:
        """The voxels that take part in kernels: the region, or the box when unmasked."""
        if self.options.masked_kernel:
            return self.region
        return np.ones(self.region.shape, np.bool_)

    @property
    def is_finite(self) -> bool:
        """Whether every voxel that takes part has a value."""
        return bool(np.isfinite(self.array[self.seen]).all())

    def kernel(self, distances: tuple[int, ...] | None = None) -> Kernel:
        """Return the kernel, with neighbours at the distances of the settings or at these."""
        options = self.options
        return Kernel.of_radius(
            options.kernel_radius, distances or options.distances, self.fixed_axis
        )

    @cached_property
    def levels(self) -> Levels:
        """The grey levels, binned in the number type of the image."""
        return self._discretised(self.array)

    @cached_property
    def double_levels(self) -> Levels:
        """The grey levels, binned in double precision: PyRadiomics' maps of first order do so."""
        return self._discretised(self.array.astype(np.float64))

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The intensities with their margin, flattened."""
        return np.pad(self.array.astype(np.float64), self.options.kernel_radius).ravel()

    @cached_property
    def centres(self) -> NDArray[np.int64]:
        """Where the voxels of the region lie in the arrays with a margin, shape (n,)."""
        return np.flatnonzero(np.pad(self.region, self.options.kernel_radius))

    def jumps(self, kernel: Kernel) -> NDArray[np.int64]:
        """Return the way from a centre to each voxel of its kernel in those arrays, shape (k,)."""
        _, y, x = (size + 2 * self.options.kernel_radius for size in self.region.shape)
        return np.asarray(kernel.steps @ np.array([y * x, x, 1]))

    def _discretised(self, array: NDArray[Any]) -> Levels:
        options = self.options
        found = discretise(array[self.seen], width=options.bin_width, count=options.bin_count)
        rank = np.full(self.region.shape, OUTSIDE)
        rank[self.seen] = found.rank
        margin = np.pad(rank, options.kernel_radius, constant_values=OUTSIDE)
        return Levels(margin.ravel(), found.present)
