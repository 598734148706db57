"""The tumour volume, the baseline that every model has to beat."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tumorcast.cohort import Case

VOLUME_COLUMN = "volume.tumor_log10_mm3"


@dataclass(frozen=True)
class TumorVolume:
    """Decadic logarithm of the volume of the tumour's mask, by counting voxels.

    Volumes spread over three orders of magnitude, and risk goes with their logarithm.

    Parameters
    ----------
    images
        In order of preference; the first one of the case that has a mask is taken.
    """

    images: tuple[str, ...]
    name: str = "tumor-volume"
    version: str = "1"

    def parameters(self) -> Mapping[str, object]:
        """Return what determines the result beside the case."""
        return {"images": list(self.images)}

    def input_digest(self, case: Case) -> str:
        """Return a digest of the mask that is read."""
        source = self._image(case)
        return "" if source is None else case.images[source].digest()

    def extract(self, case: Case) -> Mapping[str, float]:
        """Return the volume; NaN when the case has no mask."""
        source = self._image(case)
        if source is None:
            return {VOLUME_COLUMN: math.nan}
        return {VOLUME_COLUMN: math.log10(case.images[source].tumor().volume_mm3)}

    def _image(self, case: Case) -> str | None:
        drawn = [n for n in self.images if n in case.images and case.images[n].mask is not None]
        return drawn[0] if drawn else None
