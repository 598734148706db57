"""The image and the two masks that IBSI keeps apart, and the steps that lead to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

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
    return with_masks(region, interpolated_image(region.image, region.spacing_mm, config), config)


def interpolated_image(
    image: NDArray[np.float64], spacing_mm: tuple[float, float, float], config: Config
) -> NDArray[np.float64]:
    """Return the intensities on the new grid, shape (z, y, x)."""
    new_mm = _new_spacing_mm(spacing_mm, config)
    if new_mm == spacing_mm:
        return image
    order: Literal[1, 3] = 3 if config.interpolation == "cubic" else 1
    found = _on_grid(image, spacing_mm, new_mm, order)
    return np.rint(found) if config.round_intensities else found


def with_masks(region: Region, image: NDArray[np.float64], config: Config) -> Region:
    """Return the region on the new grid, with the image that is interpolated already."""
    new_mm = _new_spacing_mm(region.spacing_mm, config)
    if new_mm == region.spacing_mm:
        return region
    share = _on_grid(region.morphological.astype(np.float64), region.spacing_mm, new_mm, 1)
    # Trilinear weights of exactly one half must not be lost to their last digit.
    mask = share >= MASK_THRESHOLD - 1e-9
    return Region(image, mask, mask, new_mm)


def _new_spacing_mm(
    old_mm: tuple[float, float, float], config: Config
) -> tuple[float, float, float]:
    z, y, x = (
        old if new is None else float(new)
        for old, new in zip(old_mm, config.spacing_mm, strict=True)
    )
    return z, y, x


def _on_grid(
    array: NDArray[np.float64],
    old_mm: tuple[float, float, float],
    new_mm: tuple[float, float, float],
    order: Literal[1, 3],
) -> NDArray[np.float64]:
    ratios = [new / old for old, new in zip(old_mm, new_mm, strict=True)]
    counts = [int(np.ceil(round(n / r, 9))) for n, r in zip(array.shape, ratios, strict=True)]
    first = [
        0.5 * (old - 1 - ratio * (new - 1))
        for old, new, ratio in zip(array.shape, counts, ratios, strict=True)
    ]
    shape = (counts[0], counts[1], counts[2])
    return affine_transform(array, ratios, first, shape, order=order, mode="nearest")


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
