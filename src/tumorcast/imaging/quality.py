"""What is wrong with an image and the mask drawn on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.body import AIR_BELOW_HU
from tumorcast.imaging.habitats import is_sub_region
from tumorcast.imaging.hounsfield import judge_hounsfield
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.matching import match_to_image
from tumorcast.imaging.nonfinite import repair_nonfinite
from tumorcast.imaging.raster import box
from tumorcast.imaging.regions import Region
from tumorcast.imaging.volume import Volume

MIN_VOXELS = 10
MIN_SLICES = 2
PLAUSIBLE_CC = (0.1, 1000.0)
MAX_COMPONENTS = 20
MIN_KEPT_FRACTION = 0.5


def prepare_pair(
    volume: Volume, mask: Mask, *, findings: list[Finding] | None = None
) -> tuple[Volume, Mask]:
    """Return image and mask as features are computed from them: on one grid, all values finite.

    Every computation on a case goes through here, so what `judge_pair` reports is what was done.

    Parameters
    ----------
    volume, mask
        As they were read.
    findings
        Receives what was repaired.

    Raises
    ------
    BadInputError
        As `match_to_image` and `repair_nonfinite`.
    """
    matched, moved = match_to_image(mask, volume.geometry)
    repaired, replaced = repair_nonfinite(volume, matched)
    if findings is not None:
        findings.extend(finding for finding in (moved, replaced) if finding is not None)
    return repaired, matched


def judge_pair(
    volume: Volume,
    mask: Mask,
    *,
    regions: Sequence[Region] = (),
    kept: dict[str, float] | None = None,
) -> list[Finding]:
    """Return everything that is wrong with an image and the mask drawn on it.

    Parameters
    ----------
    volume, mask
        As they were read.
    regions
        Built one after the other, to see how much of each lies in image and body.
    kept
        Receives that fraction of each region by name, 0 where nothing is left.

    Returns
    -------
    Findings without case and file. A case with one that says ``excluded`` cannot be used;
    ``repaired`` was done by `prepare_pair`; ``warning`` is for the eye.
    """
    findings: list[Finding] = []
    try:
        volume, mask = prepare_pair(volume, mask, findings=findings)
    except BadInputError as error:
        return [*findings, error.finding]
    findings.extend(_judge_mask(mask))
    findings.extend(_judge_values(volume, mask))
    fractions = {} if kept is None else kept
    for region in regions:
        findings.extend(_judge_region(region, mask, volume, fractions))
    return findings


def _judge_mask(mask: Mask) -> Iterator[Finding]:
    start, stop = mask.bounding_box()
    slices = min(last - first for first, last in zip(start, stop, strict=True))
    if mask.n_voxels < MIN_VOXELS or slices < MIN_SLICES:
        yield Finding(
            "MSK-03",
            "excluded",
            f"a tumour of {mask.n_voxels} voxels, {slices} thick",
            f"at least {MIN_VOXELS} voxels, {MIN_SLICES} thick along every axis",
            "draw the whole tumour, or use an image with smaller voxels",
        )
    volume_cc = mask.volume_mm3 / 1000
    low, high = PLAUSIBLE_CC
    if not low <= volume_cc <= high:
        yield _warning(
            "MSK-11",
            f"a tumour of {_written(volume_cc)} cc",
            f"{low:g} to {high:g} cc",
            "look at the mask, and at the spacing in the file's header",
        )
    pieces = _count_pieces(mask)
    if pieces > MAX_COMPONENTS:
        yield _warning(
            "MSK-12",
            f"a tumour in {pieces} pieces",
            f"at most {MAX_COMPONENTS}",
            "look at the mask for stray voxels",
        )
    if min(start) == 0 or any(a == b for a, b in zip(stop, mask.geometry.shape, strict=True)):
        yield _warning(
            "MSK-13",
            "the tumour touches the edge of the image",
            "an image that reaches beyond the tumour",
            "check that no slice is missing; shells are cut off there",
        )


def _judge_values(volume: Volume, mask: Mask) -> Iterator[Finding]:
    values = volume.array[mask.array]
    yield from judge_hounsfield(volume, mask)
    if volume.unit == "HU":
        in_air = float(np.mean(values < AIR_BELOW_HU))
        if in_air > 0.5:
            yield Finding(
                "MSK-10",
                "excluded",
                f"{in_air:.0%} of the tumour below {AIR_BELOW_HU:g} HU",
                "a tumour in tissue",
                "check that mask and image belong together, and that the image is in HU",
            )
    if values.min() == values.max():
        yield _warning(
            "IMG-07",
            f"the same value, {values[0]:g}, in every voxel of the tumour",
            "an image with contrast",
            "look at the image; texture is undefined there",
        )


def _judge_region(
    region: Region, tumor: Mask, volume: Volume, kept: dict[str, float]
) -> Iterator[Finding]:
    try:
        built = region.build(tumor, volume)
    except BadInputError as error:
        kept[region.name] = 0.0
        # A tumour without this habitat is a fact about the patient: its features are missing.
        missing = is_sub_region(region)
        yield replace(error.finding, consequence="warning") if missing else error.finding
        return
    kept[region.name] = built.kept_fraction
    if built.kept_fraction < MIN_KEPT_FRACTION:
        yield _warning(
            "REG-03",
            f"{built.kept_fraction:.0%} of {region.name} lies in image and body",
            f"at least {MIN_KEPT_FRACTION:.0%}",
            "use an image that reaches further beyond the tumour, or a narrower shell",
        )


def _written(volume_cc: float) -> str:
    return f"{volume_cc:,.0f}" if volume_cc >= 100 else f"{volume_cc:.3g}"


def _count_pieces(mask: Mask) -> int:
    from scipy import ndimage  # noqa: PLC0415

    _, count = ndimage.label(mask.array[box(*mask.bounding_box())], structure=np.ones((3, 3, 3)))
    return int(count)


def _warning(code: str, found: str, expected: str, fix: str) -> Finding:
    return Finding(code, "warning", found, expected, fix)
