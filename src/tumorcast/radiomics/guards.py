"""What makes numbers meaningless: found, counted and said, instead of passed on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.region import MeasuredRegion

BINS = (8, 256)
"""Outside this number of bins a texture matrix says little (too coarse) or is noise (too fine)."""
MANY_CLIPPED = 0.01
MOST_BINS = 1_000_000
"""A thousand times what any scanner's range needs; beyond it a voxel, not the tissue, is binned."""


def is_plain(array: NDArray[Any], options: Options) -> bool:
    """Tell whether every value is finite and within the declared range."""
    lowest, highest = array.min(), array.max()
    low, high = options.intensity_range or (-math.inf, math.inf)
    finite = bool(np.isfinite(lowest) and np.isfinite(highest))
    return finite and bool(low <= lowest and highest <= high)


def clipped(
    volume: Volume, masks: Mapping[str, Mask], options: Options, findings: list[Finding]
) -> Volume:
    """Clip the image to the declared range and count what was clipped.

    Parameters
    ----------
    volume, masks
        On one grid.
    options
        ``intensityRange`` is the declared range.
    findings
        Receives ``RAD-10`` for each region in which voxels were clipped.
    """
    if options.intensity_range is None:
        return volume
    low, high = options.intensity_range
    outside = (volume.array < low) | (volume.array > high)
    if not outside.any():
        return volume
    for name, mask in masks.items():
        inside = int((outside & mask.array).sum())
        if inside:
            share = inside / mask.n_voxels
            findings.append(
                Finding(
                    "RAD-10",
                    "warning" if share > MANY_CLIPPED else "repaired",
                    f"{inside} voxels ({share:.2%}) of region '{name}' clipped to the declared "
                    f"range; the image reaches from {volume.array.min():g} to "
                    f"{volume.array.max():g}",
                    f"intensities from {low:g} to {high:g}",
                    "look for metal in the region, or declare another intensityRange",
                )
            )
    return replace(volume, array=np.clip(volume.array, low, high).astype(volume.array.dtype))


def why_no_texture(region: MeasuredRegion, options: Options) -> str:
    """Return why only shape is measured in a region; empty when all is."""
    if region.n_voxels < options.minimum_texture_voxels:
        return (
            f"the region has {region.n_voxels} voxels; texture and intensity need "
            f"{options.minimum_texture_voxels}"
        )
    for axis, size in enumerate(region.extent):
        planar = options.force_2d and options.force_2d_dimension == axis
        if size == 1 and not planar:
            return f"the region lies on one slice across axis {'zyx'[axis]}"
    return ""


def refuse_too_small(name: str, region: MeasuredRegion, options: Options) -> None:
    """Apply ``minimumROIDimensions`` and ``minimumROISize``.

    Raises
    ------
    BadInputError
        ``RAD-11``.
    """
    dimensions = sum(size > 1 for size in region.extent)
    if dimensions < (options.minimum_dimensions or 0):
        found = f"region '{name}' extends along {dimensions} axes"
        wanted = f"minimumROIDimensions {options.minimum_dimensions}"
    elif region.n_voxels < (options.minimum_voxels or 0):
        found = f"region '{name}' has {region.n_voxels} voxels"
        wanted = f"minimumROISize {options.minimum_voxels}"
    else:
        return
    raise BadInputError(
        "RAD-11", found, expected=wanted, fix="leave this region out, or lower the setting"
    )


def audit_bins(image: str, region: str, bins: int) -> Finding | None:
    """Return a warning when the number of bins says that the bin width does not fit the image."""
    few, many = BINS
    if few <= bins <= many:
        return None
    side = "coarse: textures lose what they measure" if bins < few else "fine: textures are noise"
    return Finding(
        "RAD-13",
        "warning",
        f"{bins} bins in region '{region}' on image '{image}' are too {side}",
        f"{few} to {many} bins",
        "choose a binWidth that fits the unit of the image, or a binCount",
    )


def voxel_setting_ignored(names: Sequence[str]) -> list[Finding]:
    """Return a warning when settings of feature maps are given and a region is measured."""
    if not names:
        return []
    return [
        Finding(
            "RAD-26",
            "warning",
            f"{', '.join(names)} have no effect: features of whole regions are measured",
            "settings that change something",
            "ask for maps (tumorcast extract --voxel-maps DIR), or leave voxelSetting out",
        )
    ]


def refuse_endless_bins(image: str, region: str, values: NDArray[Any], options: Options) -> None:
    """Refuse intensities so far apart that bins of the declared width cannot be laid over them.

    Raises
    ------
    BadInputError
        ``RAD-28``.
    """
    if options.bin_count is not None or not np.isfinite(values).all():
        return
    lowest, highest = float(values.min()), float(values.max())
    bins = (highest - lowest) / options.bin_width
    if bins > MOST_BINS:
        raise BadInputError(
            "RAD-28",
            f"{bins:.3g} bins in region '{region}' on image '{image}', whose intensities reach "
            f"from {lowest:g} to {highest:g}",
            expected=f"at most {MOST_BINS:,} bins",
            fix="declare intensityRange, which clips such voxels, or correct binWidth",
        )
