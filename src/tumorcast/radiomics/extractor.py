"""The radiomics of a case: one image, the tumour and the tissue around it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tumorcast.cohort import Case, ImageSource
from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Mask, Region, Volume, prepare_pair
from tumorcast.radiomics.result import Extraction
from tumorcast.radiomics.settings import Settings


@dataclass(frozen=True)
class RadiomicsExtractor:
    """Radiomic features of one image of a case, over several regions; stateless.

    Columns are named after image, region and feature: ``ct.tumor.original_glcm_Contrast``. The
    image is resampled and filtered once for all regions.

    Parameters
    ----------
    image
        Name of the image in the case, such as ``"ct"``.
    regions
        Where to measure; at least one.
    settings
        What to measure.
    """

    image: str
    regions: tuple[Region, ...]
    settings: Settings

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "radiomics"

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""
        return "1"

    def parameters(self) -> Mapping[str, object]:
        """Return image, regions and settings as plain JSON."""
        return {
            "image": self.image,
            "regions": [repr(region) for region in self.regions],
            "settings": self.settings.as_dict(),
        }

    def input_digest(self, case: Case) -> str:
        """Return a digest of the image and the mask that are read."""
        return case.source(self.image).digest()

    def extract(self, case: Case) -> dict[str, float]:
        """Return the features by column; NaN where one is not defined for this patient.

        Raises
        ------
        BadInputError
            When the case lacks the image or the mask, or they cannot be used.
        """
        return {
            f"{self.image}.{region}.{feature}": value
            for region, extraction in self.measure(case).items()
            for feature, value in extraction.values.items()
        }

    def measure(self, case: Case) -> dict[str, Extraction]:
        """Return features, reasons and findings by region; raises as `extract`.

        A region that is empty for this patient has all its features NaN, and the reason.
        """
        from tumorcast.radiomics.extraction import extract_regions  # noqa: PLC0415
        from tumorcast.radiomics.inputs import Scan, frame_of  # noqa: PLC0415

        source = case.source(self.image)
        drawn = source.tumor()
        repairs: list[Finding] = []
        volume, tumor = prepare_pair(source.volume(), drawn, findings=repairs)
        frame = frame_of(source.image, volume.geometry)
        own_grid = tumor.geometry == drawn.geometry
        mask_frame = frame_of(_mask_of(source), drawn.geometry) if own_grid else frame
        masks, missing = self._built(tumor, volume)
        options = replace(self.settings.options, additional_info=False)
        settings = replace(self.settings, options=options)
        found = extract_regions(Scan(volume, frame, masks, mask_frame), settings)
        columns = tuple(next(iter(found.values())).values)
        empty = {name: _nothing(columns, finding) for name, finding in missing.items()}
        measured = {**found, **empty}
        return {r.name: _with(measured[r.name], tuple(repairs)) for r in self.regions}

    def _built(self, tumor: Mask, volume: Volume) -> tuple[dict[str, Mask], dict[str, Finding]]:
        masks: dict[str, Mask] = {}
        missing: dict[str, Finding] = {}
        for region in self.regions:
            try:
                masks[region.name] = region.build(tumor, volume).mask
            except BadInputError as error:
                missing[region.name] = error.finding
                failure = error
        if not masks:
            raise failure
        return masks, missing


def _mask_of(source: ImageSource) -> Path | Mask:
    if source.mask is None:
        raise AssertionError("a source without a mask has no tumour")
    return source.mask


def _nothing(columns: tuple[str, ...], finding: Finding) -> Extraction:
    reasons = dict.fromkeys(columns, finding.found)
    return Extraction(dict.fromkeys(columns, math.nan), reasons, (finding,))


def _with(extraction: Extraction, findings: tuple[Finding, ...]) -> Extraction:
    return replace(extraction, findings=(*findings, *extraction.findings))
