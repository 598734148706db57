"""The extraction: all features of several regions of one image, doing image work once for all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.raster import bounding_box, box
from tumorcast.radiomics.classes.shape import shape_features
from tumorcast.radiomics.classes.shape2d import shape2d_features
from tumorcast.radiomics.diagnostics import diagnostics_of, facts_of_scan
from tumorcast.radiomics.filters import IMAGE_FILTERS
from tumorcast.radiomics.filters.image import FilterInput
from tumorcast.radiomics.grid import Box
from tumorcast.radiomics.guards import (
    audit_bins,
    refuse_endless_bins,
    refuse_too_small,
    voxel_setting_ignored,
    why_no_texture,
)
from tumorcast.radiomics.inputs import Scan
from tumorcast.radiomics.measure import FEATURE_CLASSES, Measurement, measure
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.prepare import Prepared, prepare
from tumorcast.radiomics.region import MeasuredRegion
from tumorcast.radiomics.resegment import resegmented
from tumorcast.radiomics.result import Extraction
from tumorcast.radiomics.settings import Settings


@dataclass
class _Growing:
    """The result of one region while its images are measured."""

    name: str
    region: MeasuredRegion
    shape_mask: NDArray[np.bool_]
    values: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def undefined(self, column: str, reason: str) -> None:
        """Say that a feature has no value, and why."""
        self.values[column] = math.nan
        self.reasons[column] = reason


def extract_regions(scan: Scan, settings: Settings) -> dict[str, Extraction]:
    """Return the features of each region.

    Every region has the values that it has when it is measured alone, to the last bit.

    Parameters
    ----------
    scan
        The image and its regions.
    settings
        What to measure.

    Raises
    ------
    BadInputError
        As `prepare`; ``RAD-11`` a region is smaller than the settings ask; ``RAD-14``
        resegmentation leaves nothing; ``RAD-28`` a voxel makes the bins endless.
        Under ``standard: ibsi`` as `ibsi.extraction.measure_scan`.
    """
    if settings.ibsi is not None:
        from tumorcast.radiomics.ibsi.extraction import extractions  # noqa: PLC0415  (slow to import)

        return extractions(scan, settings.ibsi, with_diagnostics=settings.options.additional_info)
    with_facts = settings.options.additional_info
    facts = facts_of_scan(scan, settings) if with_facts else {}
    measured = {}
    idle = voxel_setting_ignored(settings.voxel_setting)
    for prepared in prepare(scan, settings.options):
        for grown in _measured(prepared, settings):
            measured[grown.name] = Extraction(
                grown.values,
                grown.reasons,
                (*idle, *prepared.findings, *grown.findings),
                diagnostics_of(scan, prepared, grown.name, settings, facts) if with_facts else {},
            )
    return {name: measured[name] for name in scan.masks}


def measure_prepared(prepared: Prepared, settings: Settings) -> dict[str, Extraction]:
    """Return the features of regions on one grid, which share its filtered images.

    Raises
    ------
    BadInputError
        ``RAD-11`` and ``RAD-14`` as `extract_regions`.
    """
    return {
        grown.name: Extraction(grown.values, grown.reasons, (*prepared.findings, *grown.findings))
        for grown in _measured(prepared, settings)
    }


def _measured(prepared: Prepared, settings: Settings) -> list[_Growing]:
    """Return the regions that were prepared on one grid, each with its features."""
    union: NDArray[np.bool_] = np.logical_or.reduce(list(prepared.masks.values()))
    source = FilterInput(prepared.array, prepared.spacing_mm, union, prepared.findings)
    growing = [_started(name, prepared, source.box, settings) for name in prepared.masks]
    for grown in growing:
        _measure_shape(grown, prepared.spacing_mm, settings)
    for kind in settings.image_types:
        options = settings.options_of(kind)
        for name, array in IMAGE_FILTERS[kind.name](source, options):
            flat = np.ascontiguousarray(array).ravel()
            for grown in growing:
                _measure_image(grown, name, flat[grown.region.flat], options, settings)
    return growing


def _started(name: str, prepared: Prepared, within: Box, settings: Settings) -> _Growing:
    """Return a region with its voxels in the box in which the filtered images lie."""
    mask = prepared.masks[name]
    options = settings.options
    kept = resegmented(name, mask, prepared.array, options)
    region = MeasuredRegion(np.ascontiguousarray(kept[within]), prepared.spacing_mm)
    refuse_too_small(name, region, options)
    # PyRadiomics measures the shape of the whole mask within the box of what was resegmented.
    shape_mask = kept if options.resegment_shape else mask
    grown = _Growing(name, region, shape_mask[box(*bounding_box(kept))])
    cut = int(np.count_nonzero(shape_mask)) - int(np.count_nonzero(grown.shape_mask))
    if cut:
        grown.findings.append(_cut_by_resegmentation(name, cut))
    return grown


def _cut_by_resegmentation(name: str, cut: int) -> Finding:
    return Finding(
        "RAD-15",
        "warning",
        f"the shape of region '{name}' lacks {cut} voxels outside the box of its resegmented "
        "voxels, as in PyRadiomics",
        "shape of the whole region",
        "widen resegmentRange, or measure shape without it",
    )


def _measure_shape(
    grown: _Growing, spacing_mm: tuple[float, float, float], settings: Settings
) -> None:
    mask = np.ascontiguousarray(grown.shape_mask)
    for name, wanted in settings.features.items():
        if name == "shape":
            _keep_shape(grown, name, wanted, shape_features(mask, spacing_mm))
        elif name == "shape2D":
            _measure_plane(grown, mask, spacing_mm, settings)


def _measure_plane(
    grown: _Growing,
    mask: NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    settings: Settings,
) -> None:
    axis = settings.options.force_2d_dimension
    wanted = settings.features["shape2D"]
    if not settings.options.force_2d or mask.shape[axis] != 1:
        reason = "shape2D needs force2D: true and a region on one slice across force2Ddimension"
        for feature in wanted:
            grown.undefined(f"original_shape2D_{feature}", reason)
        return
    row, column = (step for a, step in enumerate(spacing_mm) if a != axis)
    _keep_shape(grown, "shape2D", wanted, shape2d_features(mask.squeeze(axis), (row, column)))


def _keep_shape(
    grown: _Growing, name: str, wanted: tuple[str, ...], found: Mapping[str, float]
) -> None:
    for feature in wanted:
        column = f"original_{name}_{feature}"
        if math.isfinite(found[feature]):
            grown.values[column] = found[feature]
        else:
            grown.undefined(column, "not defined: the region has no extent along its main axis")


def _measure_image(
    grown: _Growing, name: str, values: NDArray[Any], options: Options, settings: Settings
) -> None:
    reason = why_no_texture(grown.region, settings.options)
    if reason:
        for family, wanted in settings.features.items():
            for feature in wanted if family in FEATURE_CLASSES else ():
                grown.undefined(f"{name}_{family}_{feature}", reason)
        return
    refuse_endless_bins(name, grown.name, values, options)
    with_mcc = "MCC" in settings.features.get("glcm", ())
    measurement = Measurement(values, grown.region, options, with_mcc=with_mcc)
    found, reasons = measure(measurement, settings.features)
    grown.values.update({f"{name}_{column}": value for column, value in found.items()})
    grown.reasons.update({f"{name}_{column}": why for column, why in reasons.items()})
    warning = audit_bins(name, grown.name, measurement.levels.highest) if found else None
    if warning:
        grown.findings.append(warning)
