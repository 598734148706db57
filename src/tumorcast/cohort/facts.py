"""What is worth knowing of an image beside its faults, to compare the cases of a cohort."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging import DicomSeries, Mask, Volume, prepare_pair
from tumorcast.imaging.files import holds_dicom

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_EVERY_OTHER = (slice(None, None, 2),) * 3


@dataclass(frozen=True)
class ImageFacts:
    """One image of a case.

    Parameters
    ----------
    image
        Its name, such as ``"ct"``.
    spacing_mm
        Between slices, then within their plane, in whatever order a file keeps its axes.
    shape
        Voxels along (z, y, x).
    volume_cc
        Of the tumour; ``None`` when none was drawn or it cannot be used.
    quantiles
        Of the values in the tumour, at `QUANTILES`; empty as `volume_cc`.
    kept
        Share of each region that lies in image and body.
    voxels, drawn
        Digests of the values and of the mask, whatever file they lie in; empty where absent.
    scanner, kernel, contrast, thickness
        As a DICOM header says; empty for other files.
    """

    image: str
    spacing_mm: tuple[float, float, float]
    shape: tuple[int, int, int]
    volume_cc: float | None
    quantiles: tuple[float, ...]
    kept: Mapping[str, float]
    voxels: str
    drawn: str
    scanner: str = ""
    kernel: str = ""
    contrast: str = ""
    thickness: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON."""
        facts = asdict(self)
        return facts | {name: list(facts[name]) for name in ("spacing_mm", "shape", "quantiles")}

    @classmethod
    def of_dict(cls, facts: Mapping[str, Any]) -> ImageFacts:
        """Return the facts that `as_dict` gave."""
        tuples = {name: tuple(facts[name]) for name in ("spacing_mm", "shape", "quantiles")}
        return cls(**{**facts, **tuples})


def facts_of(
    name: str,
    source: Path | DicomSeries | Volume,
    volume: Volume,
    mask: Mask | None,
    kept: Mapping[str, float],
) -> ImageFacts:
    """Return the facts about an image that could be read.

    Parameters
    ----------
    name, source
        The image's name, and where it was read from.
    volume, mask
        As they were read.
    kept
        As `tumorcast.imaging.judge_pair` gives it.
    """
    volume_cc, quantiles = _in_tumor(volume, mask)
    return ImageFacts(
        name,
        slices_first(volume.geometry.spacing_mm),
        volume.geometry.shape,
        volume_cc,
        quantiles,
        dict(kept),
        _digest(volume.array[_EVERY_OTHER].astype(np.float32), volume.array.shape),
        _digest(np.packbits(mask.array), mask.array.shape) if mask and mask.n_voxels else "",
        **_acquisition(source),
    )


def slices_first(spacing_mm: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return the spacing across the slices first.

    They lie across the two axes of the most similar spacing; across the first where all are alike.
    """
    unlike = [abs(spacing_mm[axis - 2] - spacing_mm[axis - 1]) for axis in range(3)]
    across = unlike.index(min(unlike))
    return spacing_mm[across], spacing_mm[across - 2], spacing_mm[across - 1]


def _in_tumor(volume: Volume, mask: Mask | None) -> tuple[float | None, tuple[float, ...]]:
    if mask is None:
        return None, ()
    try:
        prepared, matched = prepare_pair(volume, mask)
    except BadInputError:
        return None, ()
    quantiles = np.quantile(prepared.array[matched.array], QUANTILES)
    return matched.volume_mm3 / 1000, tuple(float(value) for value in quantiles)


def _digest(values: NDArray[Any], shape: tuple[int, ...]) -> str:
    """Return a digest of values and shape; every second voxel tells images apart as all do."""
    total = hashlib.sha256(repr(shape).encode())
    total.update(np.ascontiguousarray(values).data)
    return total.hexdigest()


def _acquisition(source: Path | DicomSeries | Volume) -> dict[str, str]:
    source = source.files[0] if isinstance(source, DicomSeries) else source
    if not (isinstance(source, Path) and holds_dicom(source)):
        return {}
    from tumorcast.imaging.dicom.acquisition import acquisition_of  # noqa: PLC0415

    return asdict(acquisition_of(source))
