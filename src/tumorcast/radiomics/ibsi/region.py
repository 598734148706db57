"""The image and the two masks that IBSI keeps apart, and the steps that lead to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from tumorcast.errors import BadInputError
from tumorcast.radiomics.ibsi.config import Config

MASK_THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class Region:
    """One region of an image.

    Parameters
    ----------
    image
        Intensities, shape (z, y, x).
    morphological
        The region as a body, same shape.
    intensity
        The part of it whose intensities count, same shape.
    spacing_mm
        Along (z, y, x).
    """

    image: NDArray[np.float64]
    morphological: NDArray[np.bool_]
    intensity: NDArray[np.bool_]
    spacing_mm: tuple[float, float, float]

    @property
    def values(self) -> NDArray[np.float64]:
        """Intensities of the intensity mask, shape (n,)."""
        return self.image[self.intensity]


def interpolate(region: Region, config: Config) -> Region:
    """Return the region on the grid of the configured spacing, centred on the old grid's centre.

    Source: IBSI reference manual 2.4, image and mask interpolation.
    """
    new_mm = tuple(
        old if new is None else float(new)
        for old, new in zip(region.spacing_mm, config.spacing_mm, strict=True)
    )
    if new_mm == region.spacing_mm:
        return region
    axes = map(_positions, region.image.shape, region.spacing_mm, new_mm)
    positions = np.stack(np.meshgrid(*axes, indexing="ij"))
    order: Literal[1, 3] = 3 if config.interpolation == "cubic" else 1
    image = map_coordinates(region.image, positions, order=order, mode="nearest")
    if config.round_intensities:
        image = np.rint(image)
    body = map_coordinates(
        region.morphological.astype(np.float64), positions, order=1, mode="nearest"
    )
    # Trilinear weights of exactly one half must not be lost to their last digit.
    mask = body >= MASK_THRESHOLD - 1e-9
    return Region(image, mask, mask, (new_mm[0], new_mm[1], new_mm[2]))


def _positions(count: int, old_mm: float, new_mm: float) -> NDArray[np.float64]:
    """Return where the new voxels' centres lie along one axis, in old voxels."""
    new_count = int(np.ceil(round(count * old_mm / new_mm, 9)))
    ratio = new_mm / old_mm
    first = 0.5 * (count - 1 - ratio * (new_count - 1))
    return first + ratio * np.arange(new_count, dtype=np.float64)


def resegment(region: Region, config: Config) -> Region:
    """Return the region with the intensity mask that range and outliers leave.

    Raises
    ------
    BadInputError
        ``IBS-04`` when no voxel is left.
    """
    low, high = config.intensity_range
    kept = region.intensity.copy()
    if low is not None:
        kept &= region.image >= low
    if high is not None:
        kept &= region.image <= high
    if config.outlier_sigma is not None and kept.any():
        values = region.image[kept]
        reach = config.outlier_sigma * values.std()
        kept &= np.abs(region.image - values.mean()) <= reach
    if not kept.any():
        raise BadInputError(
            "IBS-04",
            f"no voxel of the region is left after interpolation to {region.spacing_mm} mm and "
            f"re-segmentation to the range {low} to {high}",
            expected="a region of several voxels with intensities within the range",
            fix="check the image's unit, the range and the spacing",
        )
    return replace(region, intensity=kept)
