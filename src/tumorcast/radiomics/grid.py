"""The grid on which features are measured: PyRadiomics' resampling and cropping.

The resampled grid is aligned with the corner of the mask's grid, and only the part around the
region and its padding is computed. With several regions it is the part around all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.radiomics.bspline import interpolate
from tumorcast.radiomics.itk import sitk
from tumorcast.radiomics.options import Options

EDGE_TOLERANCE = 1e-3
"""In voxels; a region may stick out of the image by this much."""


def bounding_box_xyz(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first index and the size of the region's box, along (x, y, z)."""
    where = [np.flatnonzero(mask.any(axis=axes)) for axes in ((0, 1), (0, 2), (1, 2))]
    first = np.array([found[0] for found in where])
    last = np.array([found[-1] for found in where])
    return first, last - first + 1


def target_spacing(options: Options, mask: Any, size: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the spacing to resample to, along (x, y, z) in mm.

    Where the settings say 0, and across a region of one slice, it is that of the mask.
    """
    own = np.array(mask.GetSpacing())
    wanted = np.array(options.resampled_spacing_mm, dtype=np.float64)
    return np.where((wanted == 0) | (size == 1), own, wanted)


def refuse_outside(image: Any, mask: Any, first: NDArray[Any], size: NDArray[Any]) -> None:
    """Refuse a region that reaches out of the image.

    Raises
    ------
    BadInputError
        ``RAD-06``.
    """
    corners = [(first - 0.5).tolist(), (first + size - 0.5).tolist()]
    indices = np.array(
        [
            image.TransformPhysicalPointToContinuousIndex(
                mask.TransformContinuousIndexToPhysicalPoint(corner)
            )
            for corner in corners
        ]
    )
    low, high = indices.min(axis=0), indices.max(axis=0)
    limit = np.array(image.GetSize()) - 0.5
    if np.any(low < -0.5 - EDGE_TOLERANCE) or np.any(high > limit + EDGE_TOLERANCE):
        raise BadInputError(
            "RAD-06",
            f"the region reaches from voxel {np.round(low, 2).tolist()} to "
            f"{np.round(high, 2).tolist()} (x, y, z) of an image of {list(image.GetSize())} voxels",
            expected="a region inside the image",
            fix="use the mask that was drawn on this image",
        )


def resampling_grid(
    mask: Any, first: NDArray[Any], size: NDArray[Any], spacing: NDArray[Any], pad_distance: int
) -> Any:
    """Return an empty 8-bit image on the resampled grid around the region.

    Parameters
    ----------
    mask
        SimpleITK image that defines origin and direction.
    first, size
        Box of the region, along (x, y, z).
    spacing
        Along (x, y, z) in mm.
    pad_distance
        Voxels of padding on the new grid; it ends where the mask's grid ends.
    """
    ratio = np.array(mask.GetSpacing()) / spacing
    lower = np.maximum(np.floor((first - 0.5) * ratio - pad_distance), 0)
    upper = np.ceil((first + size - 0.5) * ratio + pad_distance)
    upper = np.minimum(upper, np.ceil(np.array(mask.GetSize()) * ratio) - 1)
    corner = 0.5 * (spacing - mask.GetSpacing()) / mask.GetSpacing() + lower / ratio
    grid = sitk.Image((upper - lower + 1).astype(int).tolist(), sitk.sitkUInt8)
    grid.SetOrigin(mask.TransformContinuousIndexToPhysicalPoint(corner.tolist()))
    grid.SetSpacing(spacing.tolist())
    grid.SetDirection(mask.GetDirection())
    return grid


def positions(image: Any, grid: Any) -> tuple[NDArray[np.float64], ...] | None:
    """Return where the voxels of the grid lie in the image, in voxels along z, y and x.

    The digits are those of ITK's resampling: along x it interpolates between the ends of a line.

    Returns
    -------
    One list an axis, or None when the axes of the two are not exactly parallel.
    """
    direction = image.GetDirection()
    if direction != grid.GetDirection() or not {abs(each) for each in direction} <= {0.0, 1.0}:
        return None

    def at(index: list[int]) -> tuple[float, ...]:
        point = grid.TransformIndexToPhysicalPoint(index)
        found: tuple[float, ...] = image.TransformPhysicalPointToContinuousIndex(point)
        return found

    nx, ny, nz = grid.GetSize()
    first, last = at([0, 0, 0])[0], at([nx, 0, 0])[0]
    x = first + np.arange(nx) / nx * (last - first)
    y = np.array([at([0, k, 0])[1] for k in range(ny)])
    z = np.array([at([0, 0, k])[2] for k in range(nz)])
    return z, y, x


def resample(image: Any, grid: Any, interpolator: str) -> NDArray[Any]:
    """Return a SimpleITK image on the grid as an array, in its own number type."""
    parallel = positions(image, grid)
    if parallel is not None and interpolator in {"sitkBSpline", "sitkNearestNeighbor"}:
        array = sitk.GetArrayViewFromImage(image)
        if interpolator == "sitkNearestNeighbor":
            return _nearest_at(array, parallel)
        if min(array.shape) > 1:
            return interpolate(array, parallel)
    kind, voxel_type = getattr(sitk, interpolator), image.GetPixelID()
    resampled = sitk.Resample(image, grid, sitk.Transform(), kind, 0, voxel_type)
    resampled_array: NDArray[Any] = sitk.GetArrayFromImage(resampled)
    return resampled_array


def _nearest_at(array: NDArray[Any], at: tuple[NDArray[np.float64], ...]) -> NDArray[Any]:
    """Return the voxels nearest to the crossings of three lists of positions; 0 outside."""
    index = [np.floor(each + 0.5).astype(np.int64) for each in at]
    inside = [(i >= 0) & (i < size) for i, size in zip(index, array.shape, strict=True)]
    kept = [np.where(ok, i, 0) for i, ok in zip(index, inside, strict=True)]
    result: NDArray[Any] = array[np.ix_(*kept)]
    result[~inside[0]] = 0
    result[:, ~inside[1]] = 0
    result[:, :, ~inside[2]] = 0
    return result


def nearest(label: Any, target: Any) -> NDArray[np.bool_]:
    """Return the 8-bit label image on the grid of `target`, by nearest neighbour."""
    return resample(label, target, "sitkNearestNeighbor").view(np.bool_)


def crop_box(
    mask_shape: tuple[int, ...], first: NDArray[Any], size: NDArray[Any], margin: int
) -> tuple[slice, slice, slice]:
    """Return the slices along (z, y, x) of the region's box with a margin, within the grid."""
    start = np.maximum(first - margin, 0)[::-1]
    stop = np.minimum((first + size + margin)[::-1], mask_shape)
    z, y, x = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return z, y, x
