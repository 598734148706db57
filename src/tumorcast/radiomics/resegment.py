"""Resegmentation: leaving voxels of improbable intensity out of a region."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.radiomics.options import Options


def resegmented(
    name: str, mask: NDArray[np.bool_], image: NDArray[Any], options: Options
) -> NDArray[np.bool_]:
    """Return the voxels of a region whose intensity lies in ``resegmentRange``.

    Parameters
    ----------
    name
        Of the region, for the refusal.
    mask, image
        Shape (z, y, x).
    options
        ``resegmentRange`` is absolute, relative to the region's maximum, or in standard
        deviations from its mean, as ``resegmentMode`` says; one number is a lower bound.

    Raises
    ------
    BadInputError
        ``RAD-14`` when fewer than two voxels are left.
    """
    if options.resegment_range is None:
        return mask
    inside = image[mask]
    thresholds = [_absolute(limit, inside, options) for limit in sorted(options.resegment_range)]
    kept = inside >= thresholds[0]
    if len(thresholds) == 2:
        kept &= inside <= thresholds[1]
    if np.count_nonzero(kept) <= 1:
        raise BadInputError(
            "RAD-14",
            f"resegmentRange leaves {np.count_nonzero(kept)} of {inside.size} voxels of region "
            f"'{name}', whose intensities reach from {inside.min():g} to {inside.max():g}",
            expected="at least two voxels",
            fix="correct resegmentRange or resegmentMode",
        )
    result = np.zeros_like(mask)
    result[mask] = kept
    return result


def _absolute(limit: float, inside: NDArray[Any], options: Options) -> Any:
    if options.resegment_mode == "relative":
        return inside.max() * limit
    if options.resegment_mode == "sigma":
        return np.mean(inside) + np.std(inside) * limit
    return limit
