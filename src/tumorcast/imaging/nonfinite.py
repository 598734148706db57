"""Voxels without a number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.raster import box
from tumorcast.imaging.volume import Volume

MARGIN_VOXELS = 3


def repair_nonfinite(volume: Volume, region: Mask) -> tuple[Volume, Finding | None]:
    """Return the image with NaN and infinite voxels far from the region replaced.

    Far is more than three voxels along some axis: what resampling and filters see first. The
    replacement is the smallest finite value of the image.

    Parameters
    ----------
    volume, region
        On one grid; `region` is not empty.

    Returns
    -------
    The image, and ``IMG-06`` (repaired) when voxels were replaced.

    Raises
    ------
    BadInputError
        ``IMG-06`` when such a voxel lies in the region or within three voxels of it.
    """
    if volume.array.dtype.kind != "f":
        return volume, None
    bad = ~np.isfinite(volume.array)
    count = int(np.count_nonzero(bad))
    if not count:
        return volume, None
    near = _count_near(bad, region)
    if near:
        raise BadInputError(
            "IMG-06",
            f"{near} voxels without a number in the region or within {MARGIN_VOXELS} voxels of it",
            expected="a finite value in every voxel",
            fix="export the image again",
        )
    smallest = float(np.min(volume.array, where=~bad, initial=np.inf))
    repaired = replace(volume, array=np.where(bad, volume.array.dtype.type(smallest), volume.array))
    return repaired, Finding(
        "IMG-06",
        "repaired",
        f"{count} voxels without a number, far from the region",
        "a finite value in every voxel",
        f"nothing to do: they were set to the smallest value, {smallest:g}",
    )


def _count_near(bad: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], region: Mask) -> int:
    from scipy import ndimage  # noqa: PLC0415

    start, stop = region.bounding_box()
    window = box(
        np.maximum(np.asarray(start) - MARGIN_VOXELS, 0),
        np.minimum(np.asarray(stop) + MARGIN_VOXELS, region.geometry.shape),
    )
    near = ndimage.maximum_filter(region.array[window], size=2 * MARGIN_VOXELS + 1)
    return int(np.count_nonzero(bad[window] & near))
