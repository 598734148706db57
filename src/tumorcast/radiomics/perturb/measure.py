"""Features on every perturbation of one tumour, sharing images wherever draws allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

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

Values = dict[str, float]
"""Features as ``region.feature``; empty when a perturbed tumour is too small to measure."""

_TUMOR = "tumor"


def measure_perturbed(
    scan: Scan, regions: Sequence[Region], settings: Settings, draws: Sequence[Draw]
) -> list[Values]:
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
    found: dict[int, Values] = {}
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
) -> dict[int, Values]:
    masks = dict(_perturbed_masks(prepared, volume, regions, draws))
    try:
        return _values(replace(prepared, masks=masks), settings, draws)
    except BadInputError:  # one outline is too small: measure the others without it
        if len(draws) == 1:
            return {number: {} for number in draws}
        parts = [_measured(prepared, volume, regions, settings, {i: d}) for i, d in draws.items()]
        return {number: values for part in parts for number, values in part.items()}


def _values(prepared: Prepared, settings: Settings, draws: dict[int, Draw]) -> dict[int, Values]:
    result: dict[int, Values] = {number: {} for number in draws}
    for name, extraction in measure_prepared(prepared, settings).items():
        number, _, region = name.partition(" ")
        columns = {f"{region}.{feature}": value for feature, value in extraction.values.items()}
        result[int(number)] |= columns
    return result


def _perturbed_masks(
    prepared: Prepared, volume: Volume, regions: Sequence[Region], draws: dict[int, Draw]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    tumor = prepared.masks[_TUMOR]
    pieces, distance_mm = None, None
    if any(draw.growth for draw in draws.values()):
        distance_mm = signed_distance_mm(tumor, prepared.spacing_mm)
    if any(draw.contour_seed is not None for draw in draws.values()):
        pieces = supervoxels(prepared.array, tumor, prepared.spacing_mm)
    geometry = _geometry(prepared)
    image = Volume(prepared.array, geometry, volume.unit)
    for number, draw in draws.items():
        mask = tumor
        if distance_mm is not None:
            mask = resized(mask, distance_mm, draw.growth, number)
        if pieces is not None and draw.contour_seed is not None:
            mask = redrawn(mask, pieces, draw.contour_seed)
        built, _ = build_regions(regions, Mask(mask, geometry), image)
        for name, region in built.items():
            yield f"{number} {name}", region.array


def _geometry(prepared: Prepared) -> Geometry:
    frame = prepared.frame
    direction = np.array(frame.direction).reshape(3, 3)[:, ::-1]
    return Geometry.from_parts(prepared.array.shape, frame.spacing[::-1], direction, frame.origin)
