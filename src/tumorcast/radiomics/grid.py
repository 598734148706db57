"""The grid on which features are measured: PyRadiomics' resampling and cropping.

The resampled grid is aligned with the corner of the mask's grid, and only the part around the
region and its padding is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging import raster
from tumorcast.radiomics.bspline import Positions, interpolate, needed_part
from tumorcast.radiomics.inputs import Frame
from tumorcast.radiomics.itk import sitk
from tumorcast.radiomics.options import Options

EDGE_TOLERANCE = 1e-3
"""In voxels; a region may stick out of the image by this much."""

Box = tuple[slice, slice, slice]


BoxXyz = tuple[NDArray[np.int64], NDArray[np.int64]]
"""First index and size along (x, y, z)."""


def bounding_box_xyz(mask: NDArray[np.bool_]) -> BoxXyz:
    """Return the first index and the size of the region's box, along (x, y, z)."""
    first, stop = (np.array(corner[::-1]) for corner in raster.bounding_box(mask))
    return first, stop - first


def target_spacing(
    options: Options, mask_frame: Frame, size: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the spacing to resample to, along (x, y, z) in mm.

    Where the settings say 0, and across a region of one slice, it is that of the mask.
    """
    own = np.array(mask_frame.spacing)
    wanted = np.array(options.resampled_spacing_mm, dtype=np.float64)
    return np.where((wanted == 0) | (size == 1), own, wanted)


def refuse_outside(shape: tuple[int, ...], frame: Frame, box: BoxXyz, mask_frame: Frame) -> None:
    """Refuse a region that reaches out of the image.

    Parameters
    ----------
    shape, frame
        Of the image, (z, y, x).
    box, mask_frame
        Of the region.

    Raises
    ------
    BadInputError
        ``RAD-06``.
    """
    first, size = box
    image, label = frame.header(), mask_frame.header()
    corners = [(first - 0.5).tolist(), (first + size - 0.5).tolist()]
    indices = np.array(
        [
            image.TransformPhysicalPointToContinuousIndex(
                label.TransformContinuousIndexToPhysicalPoint(corner)
            )
            for corner in corners
        ]
    )
    low, high = indices.min(axis=0), indices.max(axis=0)
    limit = np.array(shape[::-1]) - 0.5
    if np.any(low < -0.5 - EDGE_TOLERANCE) or np.any(high > limit + EDGE_TOLERANCE):
        raise BadInputError(
            "RAD-06",
            f"the region reaches from voxel {np.round(low, 2).tolist()} to "
            f"{np.round(high, 2).tolist()} (x, y, z) of an image of {list(shape[::-1])} voxels",
            expected="a region inside the image",
            fix="use the mask that was drawn on this image",
        )


def resampling_grid(
    shape: tuple[int, ...], frame: Frame, box: BoxXyz, spacing: NDArray[Any], pad_distance: int
) -> Any:
    """Return an empty 8-bit SimpleITK image on the resampled grid around the region.

    Parameters
    ----------
    shape, frame
        Of the mask, (z, y, x): its grid defines origin and direction.
    box
        Of the region.
    spacing
        Along (x, y, z) in mm.
    pad_distance
        Voxels of padding on the new grid; it ends where the mask's grid ends.
    """
    first, size = box
    own = np.array(frame.spacing)
    ratio = own / spacing
    lower = np.maximum(np.floor((first - 0.5) * ratio - pad_distance), 0)
    upper = np.ceil((first + size - 0.5) * ratio + pad_distance)
    upper = np.minimum(upper, np.ceil(np.array(shape[::-1]) * ratio) - 1)
    corner = 0.5 * (spacing - own) / own + lower / ratio
    grid = sitk.Image((upper - lower + 1).astype(int).tolist(), sitk.sitkUInt8)
    grid.SetOrigin(frame.header().TransformContinuousIndexToPhysicalPoint(corner.tolist()))
    grid.SetSpacing(spacing.tolist())
    grid.SetDirection(frame.direction)
    return grid


@dataclass(frozen=True, eq=False)
class Resampling:
    """From the grid of an image to another.

    Parameters
    ----------
    shape, frame
        Of the image, (z, y, x).
    target
        SimpleITK image on the grid to go to.
    interpolator
        Name of a SimpleITK interpolator.
    """

    shape: tuple[int, ...]
    frame: Frame
    target: Any
    interpolator: str

    @cached_property
    def positions(self) -> Positions | None:
        """Where the voxels of the target lie in the image.

        The digits are those of ITK's resampling: along x it interpolates between the ends of a
        line. None when the axes of the two are not exactly parallel.
        """
        direction = self.frame.direction
        parallel = {abs(each) for each in direction} <= {0.0, 1.0}
        if direction != self.target.GetDirection() or not parallel:
            return None
        header = self.frame.header()

        def at(index: list[int]) -> tuple[float, ...]:
            point = self.target.TransformIndexToPhysicalPoint(index)
            found: tuple[float, ...] = header.TransformPhysicalPointToContinuousIndex(point)
            return found

        nx, ny, nz = self.target.GetSize()
        first, last = at([0, 0, 0])[0], at([nx, 0, 0])[0]
        x = first + np.arange(nx) / nx * (last - first)
        y = np.array([at([0, k, 0])[1] for k in range(ny)])
        z = np.array([at([0, 0, k])[2] for k in range(nz)])
        return z, y, x

    @cached_property
    def part(self) -> Box:
        """The part of the image that is needed, beyond which no voxel changes a result."""
        if self.positions is not None and self._by_splines:
            z, y, x = needed_part(self.shape, self.positions)
        else:
            z, y, x = (slice(0, size) for size in self.shape)
        return z, y, x

    @property
    def _by_splines(self) -> bool:
        return self.interpolator == "sitkBSpline" and min(self.shape) > 1

    def resampled(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the values on the target grid, in their own number type.

        Parameters
        ----------
        array
            The `part` of the image that is needed.
        """
        if self.positions is not None and self.interpolator == "sitkNearestNeighbor":
            return _nearest_at(array, self.positions)
        if self.positions is not None and self._by_splines:
            return interpolate(array, self.part, self.shape, self.positions)
        image = self.frame.image_of(array)
        kind = getattr(sitk, self.interpolator)
        moved = sitk.Resample(image, self.target, sitk.Transform(), kind, 0, image.GetPixelID())
        values: NDArray[Any] = sitk.GetArrayFromImage(moved)
        return values


def _nearest_at(array: NDArray[Any], at: Positions) -> NDArray[Any]:
    """Return the voxels nearest to the crossings of three lists of positions; 0 outside."""
    index = [np.floor(each + 0.5).astype(np.int64) for each in at]
    inside = [(i >= 0) & (i < size) for i, size in zip(index, array.shape, strict=True)]
    kept = [np.where(ok, i, 0) for i, ok in zip(index, inside, strict=True)]
    result: NDArray[Any] = array[np.ix_(*kept)]
    result[~inside[0]] = 0
    result[:, ~inside[1]] = 0
    result[:, :, ~inside[2]] = 0
    return result


def nearest(mask: NDArray[np.bool_], frame: Frame, target: Any) -> NDArray[np.bool_]:
    """Return the mask on the grid of a SimpleITK image, by nearest neighbour."""
    resampling = Resampling(mask.shape, frame, target, "sitkNearestNeighbor")
    return resampling.resampled(mask.view(np.uint8)).view(np.bool_)


def crop_box(
    mask_shape: tuple[int, ...], first: NDArray[Any], size: NDArray[Any], margin: int
) -> Box:
    """Return the slices along (z, y, x) of the region's box with a margin, within the grid."""
    start = np.maximum(first - margin, 0)[::-1]
    stop = np.minimum((first + size + margin)[::-1], mask_shape)
    z, y, x = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return z, y, x
