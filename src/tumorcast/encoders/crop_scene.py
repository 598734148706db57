"""Where in the patient a crop lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tumorcast.cohort import Case
from tumorcast.encoders.crop_extractor import CropExtractor
from tumorcast.imaging import Geometry, Mask, Volume


@dataclass(frozen=True)
class Scene:
    """What a crop was cut from.

    Parameters
    ----------
    volume
        The image.
    tumor
        On the grid of the image that it was drawn on.
    grid
        Of the crop.
    """

    volume: Volume
    tumor: Mask
    grid: Geometry


@dataclass(frozen=True)
class CropScene:
    """Finds where the crop of a case lies; an `Extractor`.

    Parameters
    ----------
    crop
        What cuts the crop.
    """

    crop: CropExtractor

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "crop scene"

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""
        return self.crop.version

    def parameters(self) -> Mapping[str, object]:
        """Return those of the crop."""
        return self.crop.parameters()

    def input_digest(self, case: Case) -> str:
        """Return a digest of image and mask."""
        return self.crop.input_digest(case)

    def extract(self, case: Case) -> Scene:
        """Return the image, the tumour and the grid of the crop; raises as the crop does."""
        volume, tumor = self.crop.read(case)
        return Scene(volume, tumor, self.crop.grid(tumor))
