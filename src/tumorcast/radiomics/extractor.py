"""The radiomics of a case: one image, the tumour and the tissue around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tumorcast.imaging import Region
from tumorcast.radiomics.result import Extraction
from tumorcast.radiomics.settings import Settings

if TYPE_CHECKING:
    from tumorcast.cohort import Case
    from tumorcast.radiomics.inputs import Scan


@dataclass(frozen=True)
class RadiomicsExtractor:
    """Radiomic features of one image of a case, over several regions; stateless.

    Columns are named after image, region and feature: ``ct.tumor.original_glcm_Contrast``. The
    image is read and checked once; every region has the values that it has alone.

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
        return "2"

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
        from tumorcast.radiomics.around import extract_around  # noqa: PLC0415

        options = replace(self.settings.options, additional_info=False)
        settings = replace(self.settings, options=options)
        return extract_around(self.scan(case), self.regions, settings)

    def scan(self, case: Case) -> Scan:
        """Return the image and the tumour as they were read; raises as `extract`."""
        from tumorcast.radiomics.inputs import Scan, frame_of  # noqa: PLC0415

        source = case.source(self.image)
        drawn, volume = source.tumor(), source.volume()
        frame = frame_of(source.image, volume.geometry)
        mask_frame = frame_of(source.mask, drawn.geometry)
        return Scan(volume, frame, {drawn.name: drawn}, mask_frame)
