"""All IBSI features of several regions of one image, doing image work once for all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import match_to_image
from tumorcast.imaging.raster import bounding_box, box
from tumorcast.radiomics.ibsi.config import FAMILIES, Binning, Config
from tumorcast.radiomics.ibsi.diagnostics import image_diagnostics, mask_diagnostics
from tumorcast.radiomics.ibsi.elements import Texture, texture_of
from tumorcast.radiomics.ibsi.filters.filter import respond_within
from tumorcast.radiomics.ibsi.glcm import glcm_features
from tumorcast.radiomics.ibsi.ivh import ivh_features
from tumorcast.radiomics.ibsi.morphology import morphology
from tumorcast.radiomics.ibsi.ngtdm import difference_features
from tumorcast.radiomics.ibsi.peaks import peak_features
from tumorcast.radiomics.ibsi.region import Region, interpolated_image, resegment, with_masks
from tumorcast.radiomics.ibsi.sizes import (
    dependence_features,
    edge_distances,
    run_features,
    zone_features,
)
from tumorcast.radiomics.ibsi.statistics import histogram, statistics
from tumorcast.radiomics.inputs import Scan
from tumorcast.radiomics.result import Extraction

Box = tuple[slice, slice, slice]
ORIGINAL = "original_"
_UNDEFINED = "not defined: IBSI's formula has a zero in its denominator on this region"
MOST_LEVELS = 1024
_LEVELLED = ("histogram", "glcm", "glrlm", "glszm", "gldzm", "ngtdm", "ngldm")


@dataclass(frozen=True)
class Measured:
    """The features of one region by column, and what each step of the processing did.

    Parameters
    ----------
    values
        By image type and IBSI's tag, as in ``original_stat_mean``.
    diagnostics
        By IBSI's tag.
    """

    values: Mapping[str, float]
    diagnostics: Mapping[str, float]


def measure_scan(scan: Scan, config: Config, findings: list[Finding]) -> dict[str, Measured]:
    """Return the features of each region; the image is interpolated and filtered once.

    Parameters
    ----------
    scan
        The image and its regions.
    config
        What to measure.
    findings
        Receives ``MSK-09`` when a mask was drawn on another grid.

    Raises
    ------
    BadInputError
        ``IBS-04`` re-segmentation leaves nothing, ``IBS-05`` and ``IBS-06`` intensities need
        bins, ``IBS-07`` intensities are not finite, ``IBS-10`` an image type needs voxels of
        equal sides, ``IBS-11`` bins are too many; otherwise as `imaging.match_to_image`.
    """
    voxels = np.asarray(scan.volume.array, np.float64)
    if not np.isfinite(voxels).all():
        raise BadInputError(
            "IBS-07",
            "voxels that are NaN or infinite",
            expected="finite intensities",
            fix="repair or exclude the image",
        )
    spacing_mm = scan.volume.geometry.spacing_mm
    masks = _on_image(scan, findings)
    first = {name: Region(voxels, mask, mask, spacing_mm) for name, mask in masks.items()}
    image = interpolated_image(voxels, spacing_mm, config)
    regions = {
        name: resegment(with_masks(region, image, config), config) for name, region in first.items()
    }
    values: dict[str, dict[str, float]] = {name: {} for name in masks}
    if config.original:
        for name, region in regions.items():
            values[name] |= _named(ORIGINAL, _of_image(region, config))
    for prefix, part, response in _responses(regions, config):
        for name, region in regions.items():
            found = _of_response(_cut(region, part, response), config)
            values[name] |= _named(f"{prefix}_", found)
    return {
        name: Measured(values[name], _diagnostics(first[name], region))
        for name, region in regions.items()
    }


def extractions(scan: Scan, config: Config, *, with_diagnostics: bool) -> dict[str, Extraction]:
    """Return the features of each region with what was found; arguments as of `measure_scan`."""
    findings: list[Finding] = []
    measured = measure_scan(scan, config, findings)
    return {
        name: Extraction(
            one.values,
            {tag: _UNDEFINED for tag, value in one.values.items() if math.isnan(value)},
            tuple(findings),
            one.diagnostics if with_diagnostics else {},
        )
        for name, one in measured.items()
    }


def _on_image(scan: Scan, findings: list[Finding]) -> dict[str, NDArray[np.bool_]]:
    masks = {}
    for name, mask in scan.masks.items():
        matched, finding = match_to_image(mask, scan.volume.geometry)
        masks[name] = np.asarray(matched.array, bool)
        if finding is not None and finding not in findings:
            findings.append(finding)
    return masks


def _diagnostics(first: Region, region: Region) -> dict[str, float]:
    interpolated = replace(region, intensity=region.morphological)
    return {
        **image_diagnostics(first, "init"),
        **image_diagnostics(interpolated, "interp"),
        **mask_diagnostics(first, "init"),
        **mask_diagnostics(interpolated, "interp"),
        **mask_diagnostics(region, "reseg"),
    }


def _responses(
    regions: Mapping[str, Region], config: Config
) -> Iterator[tuple[str, Box, NDArray[np.float64]]]:
    """Yield name, box and response map in the box around all regions of each filter."""
    if not config.filters:
        return
    any_region = next(iter(regions.values()))
    union = np.logical_or.reduce([region.morphological for region in regions.values()])
    z, y, x = box(*bounding_box(union))
    for filter_ in config.filters:
        response = respond_within(filter_, any_region.image, any_region.spacing_mm, (z, y, x))
        yield filter_.name, (z, y, x), response


def _named(prefix: str, found: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}{tag}": value for tag, value in found.items()}


def _cut(region: Region, part: Box, response: NDArray[np.float64]) -> Region:
    return Region(response, region.morphological[part], region.intensity[part], region.spacing_mm)


def _of_image(region: Region, config: Config) -> dict[str, float]:
    """Return the chosen families, by the tags of IBSI's tables."""
    measures: dict[str, Callable[[], dict[str, float]]] = {
        "morphology": lambda: morphology(region),
        "local_intensity": lambda: peak_features(region),
        "statistics": lambda: statistics(region.values),
        "volume_histogram": lambda: ivh_features(region.values, config),
    }
    found: dict[str, float] = {}
    for family, measure in measures.items():
        if family in config.families:
            found |= measure()
    if set(_LEVELLED) & set(config.families):
        levels = _levels(region.values, config.binning, config.intensity_range[0])
        found |= _levelled(region, levels, config)
    return found


def _of_response(region: Region, config: Config) -> dict[str, float]:
    """Return what has a meaning on a response map: statistics, and with bins textures."""
    found = statistics(region.values) if "statistics" in config.families else {}
    if config.response_binning is not None:
        levels = _levels(region.values, config.response_binning, None)
        found |= _levelled(region, levels, config)
    return found


def _levels(
    values: NDArray[np.float64], binning: Binning | None, lower_bound: float | None
) -> NDArray[np.int64]:
    if binning is not None:
        levels = binning.levels(values, lower_bound)
    else:
        levels = np.rint(values).astype(np.int64)
        if (levels != values).any() or levels.min() < 1:
            raise BadInputError(
                "IBS-06",
                f"intensities from {values.min():g} to {values.max():g} used as grey levels",
                expected="whole numbers from 1 on",
                fix="set binning",
            )
    if levels.max() > MOST_LEVELS:
        raise BadInputError(
            "IBS-11",
            f"{levels.max()} grey levels between {values.min():g} and {values.max():g}",
            expected=f"at most {MOST_LEVELS}: textures of more are noise",
            fix="check the unit of the image, and widen the bins",
        )
    return levels


def _levelled(region: Region, levels: NDArray[np.int64], config: Config) -> dict[str, float]:
    """Return the chosen families that are measured on grey levels."""
    found = histogram(levels) if "histogram" in config.families else {}
    chosen = set(config.families)
    for dimension in config.dimensions:
        texture = texture_of(region.intensity, levels, dimension)
        for families, measure in _textures(region).items():
            if chosen & set(families):
                found |= measure(texture)
    begins = tuple(FAMILIES[family] for family in config.families)
    return {tag: value for tag, value in found.items() if tag.startswith(begins)}


def _textures(region: Region) -> dict[tuple[str, ...], Callable[[Texture], dict[str, float]]]:
    def zones(texture: Texture) -> dict[str, float]:
        in_plane = texture.dimension == "2D"
        distances = edge_distances(region.morphological, region.intensity, in_plane=in_plane)
        return zone_features(texture, distances)

    return {
        ("glcm",): glcm_features,
        ("glrlm",): run_features,
        ("glszm", "gldzm"): zones,
        ("ngtdm",): difference_features,
        ("ngldm",): dependence_features,
    }
