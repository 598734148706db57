"""Features of several regions that are made from one tumour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Mask, Region, Volume, is_sub_region, prepare_pair
from tumorcast.radiomics.extraction import extract_regions
from tumorcast.radiomics.inputs import Scan
from tumorcast.radiomics.result import Extraction
from tumorcast.radiomics.settings import Settings

VOLUME_FRACTION = "original_habitat_VolumeFraction"


def extract_around(
    scan: Scan, regions: Sequence[Region], settings: Settings
) -> dict[str, Extraction]:
    """Return features, reasons and findings by region.

    A region that is empty for this patient has all its features NaN, and the reason. A habitat
    has one feature more: its share of the tumour's voxels.

    Parameters
    ----------
    scan
        The image and one mask, the tumour.
    regions
        Where to measure; at least one.
    settings
        What to measure.

    Raises
    ------
    BadInputError
        When image and tumour cannot be used, or no region has a voxel.
    """
    (drawn,) = scan.masks.values()
    repairs: list[Finding] = []
    volume, tumor = prepare_pair(scan.volume, drawn, findings=repairs)
    mask_frame = scan.mask_frame if tumor.geometry == drawn.geometry else scan.frame
    masks, missing = build_regions(regions, tumor, volume)
    found = extract_regions(Scan(volume, scan.frame, masks, mask_frame), settings)
    columns = tuple(next(iter(found.values())).values)
    measured = {**found, **{name: _nothing(columns, why) for name, why in missing.items()}}
    for region in regions:
        if is_sub_region(region):
            name = region.name
            measured[name] = _with_share(measured[name], masks.get(name), tumor)
    return {region.name: _with(measured[region.name], repairs) for region in regions}


def build_regions(
    regions: Sequence[Region], tumor: Mask, volume: Volume
) -> tuple[dict[str, Mask], dict[str, Finding]]:
    """Return the masks of the regions by name, and why those without a voxel have none.

    Raises
    ------
    BadInputError
        When none has a voxel.
    """
    masks: dict[str, Mask] = {}
    missing: dict[str, Finding] = {}
    for region in regions:
        try:
            masks[region.name] = region.build(tumor, volume).mask
        except BadInputError as error:
            missing[region.name] = error.finding
            failure = error
    if not masks:
        raise failure
    return masks, missing


def _with_share(extraction: Extraction, habitat: Mask | None, tumor: Mask) -> Extraction:
    """Return the features with the habitat's share, NaN where the habitat is missing."""
    if habitat is not None:
        share = habitat.n_voxels / tumor.n_voxels
        return replace(extraction, values={**extraction.values, VOLUME_FRACTION: share})
    (missing,) = extraction.findings
    return replace(
        extraction,
        values={**extraction.values, VOLUME_FRACTION: math.nan},
        reasons={**extraction.reasons, VOLUME_FRACTION: missing.found},
    )


def _nothing(columns: tuple[str, ...], finding: Finding) -> Extraction:
    reasons = dict.fromkeys(columns, finding.found)
    return Extraction(dict.fromkeys(columns, math.nan), reasons, (finding,))


def _with(extraction: Extraction, findings: Sequence[Finding]) -> Extraction:
    return replace(extraction, findings=(*findings, *extraction.findings))
