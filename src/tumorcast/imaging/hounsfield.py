"""Whether the values of a CT can be Hounsfield units, and whether metal spoils them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Consequence, Finding
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.volume import Volume

TISSUE_HU = 200.0
"""Water, fat, muscle and organs lie within this distance of 0 HU."""
LEAST_TISSUE = 0.01
_NO_FAT_BELOW_HU = -50.0
_NO_TUMOR_ABOVE_HU = 500.0
_AIR_PEAK_HU = (800.0, 1200.0)
_MUCH_AIR = 0.05
METAL_HU = 3071.0
"""The largest value that 12 bits hold with the usual intercept of -1024; metal lies beyond."""
MUCH_METAL = 0.01
_SAMPLED = 1_000_000


def judge_hounsfield(volume: Volume, tumor: Mask) -> Iterator[Finding]:
    """Judge a CT by its peaks of air and soft tissue, and its tumour by metal.

    ``IMG-08`` (excluded) stored values that were never rescaled: a tumour far above soft tissue
    and not a voxel of fat or air; (warning) hardly a voxel of soft tissue, or the peak of air at
    +1000 instead of -1000. ``IMG-09`` (warning) more than 1% of the tumour beyond 3071 HU.

    Parameters
    ----------
    volume, tumor
        On one grid, all values finite; the tumour is not empty. Images in other units are not
        judged.
    """
    if volume.unit != "HU":
        return
    values = volume.array[tumor.array]
    middle = float(np.median(values))
    if middle > _NO_TUMOR_ABOVE_HU and volume.array.min() > _NO_FAT_BELOW_HU:
        yield _no_hounsfield(
            "excluded",
            f"a tumour with a median of {middle:g} HU in an image that begins at "
            f"{volume.array.min():g} HU",
            "the image holds stored values: convert it again with its Rescale Slope and Intercept",
        )
    else:
        yield from _judge_peaks(volume.array)
    metal = float(np.mean(values > METAL_HU))
    if metal > MUCH_METAL:
        yield Finding(
            "IMG-09",
            "warning",
            f"{metal:.1%} of the tumour above {METAL_HU:g} HU, up to {values.max():g}",
            f"at most {MUCH_METAL:.0%} (metal)",
            "leave the metal out of the mask, or the case out; presets for CT clip at 3071 HU",
        )


def _judge_peaks(array: NDArray[Any]) -> Iterator[Finding]:
    seen = array.reshape(-1)[:: max(1, array.size // _SAMPLED)]
    low, high = _AIR_PEAK_HU
    turned = float(np.mean((seen > low) & (seen < high)))
    air = float(np.mean((seen < -low) & (seen > -high)))
    tissue = float(np.mean((np.abs(seen) <= TISSUE_HU) & (seen != 0)))
    if turned > _MUCH_AIR and air < turned / 5:
        yield _no_hounsfield(
            "warning",
            f"{turned:.0%} of the CT lies near +1000 HU and {air:.0%} near -1000",
            "look at the image: its values may be inverted",
        )
    elif tissue < LEAST_TISSUE:
        yield _no_hounsfield(
            "warning",
            f"{tissue:.1%} of the CT lies within {TISSUE_HU:g} HU of water; its values run from "
            f"{seen.min():g} to {seen.max():g}",
            "look at the image: its rescaling may be lost or doubled",
        )


def _no_hounsfield(consequence: Consequence, found: str, fix: str) -> Finding:
    return Finding(
        "IMG-08",
        consequence,
        found,
        "Hounsfield units, with air near -1000 and soft tissue near 0",
        fix,
    )
