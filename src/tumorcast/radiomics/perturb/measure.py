"""Features on every perturbation of one tumour, sharing images wherever draws allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging import Mask, Region, Volume, prepare_pair
from tumorcast.imaging.geometry import Geometry
from tumorcast.radiomics.around import build_regions
from tumorcast.radiomics.extraction import measure_prepared
from tumorcast.radiomics.inputs import Scan
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.perturb.draw import Draw
from tumorcast.radiomics.perturb.moved import on_moved_grid
from tumorcast.radiomics.perturb.noise import noise_level, with_noise
from tumorcast.radiomics.perturb.outline import (
    MARGIN_MM,
    redrawn,
    resized,
    signed_distance_mm,
    supervoxels,
)
from tumorcast.radiomics.prepare import Prepared, conditioned
from tumorcast.radiomics.settings import Settings

_TUMOR = "tumor"


@dataclass(frozen=True)
class Repeat:
    """What was measured on one perturbation.

    Parameters
    ----------
    values
        Features as ``region.feature``, NaN or absent where the perturbed tumour has none.
    lacking
        Why the first of those that it lacks is lacking; empty when it has all.
    """

    values: Mapping[str, float]
    lacking: str = ""


def measure_perturbed(
    scan: Scan, regions: Sequence[Region], settings: Settings, draws: Sequence[Draw]
) -> list[Repeat]:
    """Return the features of all regions on every draw, in the order of the draws.

    Outlines are changed on the grid on which features are measured; regions are made from each
    changed tumour. Draws of one grid and one noise are measured in one pass, so that the image is
    resampled and filtered once for them.

    Raises
    ------
    BadInputError
        When image and tumour cannot be used.
    """
    (drawn,) = scan.masks.values()
    volume, tumor = prepare_pair(scan.volume, drawn)
    mask_frame = scan.mask_frame if tumor.geometry == drawn.geometry else scan.frame
    masks, _ = build_regions(regions, tumor, volume)
    whole = Scan(volume, scan.frame, {**masks, _TUMOR: tumor}, mask_frame)
    options = settings.options
    level = noise_level(volume.array, tumor.array) if draws[0].noise_seed is not None else 0.0
    found: dict[int, Repeat] = {}
    for group in _sharing_an_image(draws):
        first = draws[group[0]]
        noisy = whole
        if first.noise_seed is not None:
            array = with_noise(volume.array, tumor.array, level, first.noise_seed)
            noisy = replace(whole, volume=replace(volume, array=array))
        prepared = _prepared(noisy, options, first)
        found |= _measured(prepared, volume, regions, settings, {i: draws[i] for i in group})
    return [found[i] for i in range(len(draws))]


def _sharing_an_image(draws: Sequence[Draw]) -> list[list[int]]:
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, draw in enumerate(draws):
        groups.setdefault(draw.of_image, []).append(number)
    return list(groups.values())


def _prepared(scan: Scan, options: Options, draw: Draw) -> Prepared:
    """Return the scan on the draw's grid, padded for outlines that reach beyond the tumour."""
    spacing = options.resampled_spacing_mm or scan.mask_frame.spacing
    finest = min(
        wanted or own for wanted, own in zip(spacing, scan.mask_frame.spacing, strict=True)
    )
    padding = options.pad_distance + int(np.ceil(MARGIN_MM / finest))
    options = replace(options, pad_distance=padding)
    return on_moved_grid(conditioned(scan, options, []), options, draw)


def _measured(
    prepared: Prepared,
    volume: Volume,
    regions: Sequence[Region],
    settings: Settings,
    draws: dict[int, Draw],
) -> dict[int, Repeat]:
    try:
        masks, lacking = _perturbed_masks(prepared, volume, regions, draws)
        return _repeats(replace(prepared, masks=masks), settings, draws, lacking)
    except BadInputError as error:  # one outline is too small: measure the others without it
        if len(draws) == 1:
            return {number: Repeat({}, error.finding.found) for number in draws}
        parts = [_measured(prepared, volume, regions, settings, {i: d}) for i, d in draws.items()]
        return {number: repeat for part in parts for number, repeat in part.items()}


def _repeats(
    prepared: Prepared, settings: Settings, draws: dict[int, Draw], lacking: Mapping[int, str]
) -> dict[int, Repeat]:
    values: dict[int, dict[str, float]] = {number: {} for number in draws}
    why = dict(lacking)
    for name, extraction in measure_prepared(prepared, settings).items():
        number, _, region = name.partition(" ")
        columns = {f"{region}.{feature}": value for feature, value in extraction.values.items()}
        values[int(number)] |= columns
        for reason in extraction.reasons.values():
            why.setdefault(int(number), f"region '{region}': {reason}")
    return {number: Repeat(values[number], why.get(number, "")) for number in draws}


def _perturbed_masks(
    prepared: Prepared, volume: Volume, regions: Sequence[Region], draws: dict[int, Draw]
) -> tuple[dict[str, NDArray[np.bool_]], dict[int, str]]:
    """Return masks as ``number region``, and of the draws that lack a region the first reason."""
    tumor = prepared.masks[_TUMOR]
    pieces, distance_mm = None, None
    if any(draw.growth for draw in draws.values()):
        distance_mm = signed_distance_mm(tumor, prepared.spacing_mm)
    if any(draw.contour_seed is not None for draw in draws.values()):
        pieces = supervoxels(prepared.array, tumor, prepared.spacing_mm)
    geometry = _geometry(prepared)
    image = Volume(prepared.array, geometry, volume.unit)
    masks: dict[str, NDArray[np.bool_]] = {}
    lacking: dict[int, str] = {}
    for number, draw in draws.items():
        mask = tumor
        if distance_mm is not None:
            mask = resized(mask, distance_mm, draw.growth, number)
        if pieces is not None and draw.contour_seed is not None:
            mask = redrawn(mask, pieces, draw.contour_seed)
        if not mask.any():
            raise _nothing_left()
        built, missing = build_regions(regions, Mask(mask, geometry), image)
        masks |= {f"{number} {name}": region.array for name, region in built.items()}
        for finding in missing.values():
            lacking.setdefault(number, finding.found)
    return masks, lacking


def _nothing_left() -> BadInputError:
    return BadInputError(
        "STB-04",
        "the perturbation left no voxel of the tumour",
        expected="a tumour of more voxels than its border has",
        fix="leave out tumours as small as this, or the perturbation of contours",
    )


def _geometry(prepared: Prepared) -> Geometry:
    frame = prepared.frame
    direction = np.array(frame.direction).reshape(3, 3)[:, ::-1]
    return Geometry.from_parts(prepared.array.shape, frame.spacing[::-1], direction, frame.origin)
