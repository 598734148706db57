"""One patient on the index date, and a cohort of them. Neither knows the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tumorcast.cohort.drawing import Drawing
from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import (
    DicomSeries,
    Mask,
    Unit,
    Volume,
    digest_of,
    read_mask,
    read_volume,
)

ClinicalValue = float | str | None


@dataclass(frozen=True)
class ImageSource:
    """Where one image of a case and what is drawn on it come from.

    Parameters
    ----------
    image
        A path or the files of a series, read when asked for, or the volume itself.
    mask
        The tumour, alike; or a `Drawing` of one or more named lesions. ``None`` means that
        nothing was drawn on this image.
    unit
        Unit of the voxels.
    label
        Voxel value of the tumour in the mask file; ``None`` takes the only label there is.
    threshold
        For a mask of probabilities: voxels at or above it are tumour.
    series, max_gap_slices
        As in `tumorcast.imaging.read_volume`.
    """

    image: Path | DicomSeries | Volume
    mask: Path | Mask | Drawing | None = None
    unit: Unit = "arbitrary"
    label: int | None = None
    threshold: float | None = None
    series: str | None = None
    max_gap_slices: int = 0

    def volume(self, findings: list[Finding] | None = None) -> Volume:
        """Return the image; `findings` receives what was repaired while reading."""
        if isinstance(self.image, Volume):
            return self.image
        return read_volume(
            self.image,
            unit=self.unit,
            series=self.series,
            max_gap_slices=self.max_gap_slices,
            findings=findings,
        )

    def tumor(self, findings: list[Finding] | None = None) -> Mask:
        """Return the tumour, on whatever grid it was drawn; `findings` as in `volume`."""
        if isinstance(self.mask, Mask):
            return self.mask
        if self.mask is None:
            raise BadInputError(
                "MSK-01",
                "no mask was given for this image",
                expected="a mask of the tumour",
                fix="add the mask's path, or leave this image out of the blocks that need a region",
            )
        if isinstance(self.mask, Drawing):
            return self.mask.tumor_mask(findings)
        return read_mask(self.mask, label=self.label, threshold=self.threshold, findings=findings)

    def digest(self) -> str:
        """Return the SHA-256 of the bytes that `volume` and `tumor` read."""
        parts = [digest_of(self.image), self.unit, str(self.label)]
        if self.threshold is not None:
            parts.append(f"threshold {self.threshold:g}")
        if self.series is not None or self.max_gap_slices:
            parts.append(f"series {self.series}, {self.max_gap_slices}")
        if isinstance(self.mask, Drawing):
            parts.append(self.mask.digest())
        elif self.mask is not None:
            parts.append(digest_of(self.mask))
        return ":".join(parts)

    @property
    def inputs(self) -> tuple[Path | DicomSeries, ...]:
        """What is read from disk: the image, then what is drawn on it."""
        parts = (self.image, self.mask)
        drawn = self.mask.files if isinstance(self.mask, Drawing) else ()
        return (*(part for part in parts if isinstance(part, Path | DicomSeries)), *drawn)


@dataclass(frozen=True)
class Case:
    """What is known about one patient on the index date.

    There is no outcome field, so nothing that is handed a case can see the label.

    Parameters
    ----------
    case_id
        Text, unique in the cohort.
    patient_id
        Cases of one patient share it and never part in a split.
    centre
        Where the patient was treated; empty if unknown.
    images
        By name, such as ``"ct"`` or ``"pt"``. An image that this patient lacks is absent.
    clinical
        Values known at the index date, by column name with its block (``"clinical.age"``,
        ``"lab.cga"``); ``None`` is missing.
    """

    case_id: str
    patient_id: str
    centre: str = ""
    images: Mapping[str, ImageSource] = field(default_factory=dict)
    clinical: Mapping[str, ClinicalValue] = field(default_factory=dict)

    def source(self, image: str) -> ImageSource:
        """Return the source of `image`.

        Raises
        ------
        BadInputError
            ``IMG-01`` when the case has no such image.
        """
        if image not in self.images:
            raise BadInputError(
                "IMG-01",
                f"no image named '{image}'",
                expected=f"one of {sorted(self.images)}" if self.images else "an image",
                fix="add the image, or leave it empty: a missing modality is allowed in training",
            )
        return self.images[image]


@dataclass(frozen=True)
class Cohort:
    """Cases in a fixed order, with unique ids."""

    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        ids = self.case_ids
        if len(set(ids)) != len(ids):
            twice = sorted({case_id for case_id in ids if ids.count(case_id) > 1})
            raise ValueError(f"case ids must be unique; twice or more: {twice}")

    def __len__(self) -> int:
        return len(self.cases)

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    @property
    def case_ids(self) -> tuple[str, ...]:
        """Ids in the order of the cases."""
        return tuple(case.case_id for case in self.cases)

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """Patient of each case, in the order of the cases."""
        return tuple(case.patient_id for case in self.cases)

    @property
    def centres(self) -> tuple[str, ...]:
        """Centre of each case, in the order of the cases."""
        return tuple(case.centre for case in self.cases)

    @property
    def image_names(self) -> tuple[str, ...]:
        """Every image name that any case has, sorted."""
        return tuple(sorted({name for case in self.cases for name in case.images}))

    def select(self, case_ids: Sequence[str]) -> Cohort:
        """Return the cases with these ids, in the order asked for."""
        by_id = {case.case_id: case for case in self.cases}
        return Cohort(tuple(by_id[case_id] for case_id in case_ids))
