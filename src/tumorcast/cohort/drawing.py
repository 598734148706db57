"""What was drawn on an image: named lesions, in one file or in several."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import (
    DicomSeries,
    Mask,
    digest_of,
    match_to_image,
    read_labels,
    read_mask,
)


@dataclass(frozen=True)
class Lesion:
    """One lesion as one reader drew it.

    Parameters
    ----------
    region
        Name of the region that it belongs to, such as ``"GTVn"``; several lesions may share it.
    file
        Label image, RTSTRUCT or SEG.
    label
        Its label, or segment number; ``None`` is the only one that there is.
    roi
        Its name in an RTSTRUCT.
    drawn_on
        The series on which it was drawn, for RTSTRUCT and SEG.
    """

    region: str
    file: Path
    label: int | None = None
    roi: str | None = None
    drawn_on: DicomSeries | None = None


@dataclass(frozen=True)
class Drawing:
    """Everything that was drawn on one image.

    A label image may lack the labels of some lesions: the patient does not have these.

    Parameters
    ----------
    lesions
        At least one.
    tumor
        Names of the regions that make up the tumour; empty for all.
    """

    lesions: tuple[Lesion, ...]
    tumor: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read for it, the images left out."""
        return tuple(dict.fromkeys(lesion.file for lesion in self.lesions))

    def lesion_masks(
        self, findings: list[Finding] | None = None, regions: tuple[str, ...] = ()
    ) -> tuple[Mask, ...]:
        """Return a mask a lesion that this patient has, named after its region, on one grid.

        Parameters
        ----------
        findings
            Receives what was repaired while reading, and ``MSK-14`` for labels of no region.
        regions
            Whose lesions are meant; empty for all.

        Raises
        ------
        BadInputError
            As `tumorcast.imaging.read_mask` and `read_labels`; as `match_to_image` when lesions
            were drawn on grids that do not fit each other.
        """
        masks = list(self._as_drawn(findings, regions))
        return tuple(match_to_image(mask, masks[0].geometry)[0] for mask in masks)

    def tumor_mask(self, findings: list[Finding] | None = None) -> Mask:
        """Return the union of the lesions that make up the tumour, named ``"tumor"``.

        Raises
        ------
        BadInputError
            ``MSK-02`` the patient has none of them; and as `lesion_masks`.
        """
        return union_of(self.lesion_masks(findings, self.tumor), self._described())

    def digest(self) -> str:
        """Return the SHA-256 of what is read and of what is taken from it."""
        parts = [repr((lesion.region, lesion.label, lesion.roi)) for lesion in self.lesions]
        read = {lesion.file: digest_of(lesion.file) for lesion in self.lesions}
        grids = {one.drawn_on for one in self.lesions if one.drawn_on is not None}
        parts += [*read.values(), *sorted(digest_of(grid) for grid in grids), repr(self.tumor)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _as_drawn(self, findings: list[Finding] | None, regions: tuple[str, ...]) -> Iterator[Mask]:
        known: dict[Path, Mapping[int, Mask]] = {}
        for lesion in self.lesions:
            if regions and lesion.region not in regions:
                continue
            if lesion.label is None or lesion.drawn_on is not None:
                yield _read(lesion, findings)
                continue
            if lesion.file not in known:
                known[lesion.file] = read_labels(lesion.file, findings)
                self._note_others(lesion.file, known[lesion.file], findings)
            mask = known[lesion.file].get(lesion.label)
            if mask is not None:
                yield replace(mask, name=lesion.region)

    def _note_others(
        self, file: Path, labels: Mapping[int, Mask], findings: list[Finding] | None
    ) -> None:
        others = sorted({*labels} - {one.label for one in self.lesions if one.file == file})
        if others and findings is not None:
            findings.append(
                Finding(
                    "MSK-14",
                    "warning",
                    f"labels that are in no region: {', '.join(map(str, others))}",
                    "every label in cohort.drawn, or left out on purpose",
                    "nothing if so; else add them to cohort.drawn",
                    file=str(file),
                )
            )

    def _described(self) -> str:
        meant = [one for one in self.lesions if not self.tumor or one.region in self.tumor]
        return ", ".join(sorted({f"{one.region} in {one.file.name}" for one in meant}))


def union_of(masks: tuple[Mask, ...], wanted: str = "a lesion") -> Mask:
    """Return the union of masks on one grid, named ``"tumor"``.

    Raises
    ------
    BadInputError
        ``MSK-02`` there is none; `wanted` says what was looked for.
    """
    if not masks:
        raise BadInputError(
            "MSK-02",
            f"nothing is drawn of {wanted}",
            expected="at least one lesion of the tumour",
            fix="draw the tumour, correct cohort.drawn, or leave this image out for this case",
        )
    array = np.logical_or.reduce([mask.array for mask in masks])
    return Mask(array, masks[0].geometry, "tumor")


def _read(lesion: Lesion, findings: list[Finding] | None) -> Mask:
    mask = read_mask(
        lesion.file, lesion.roi, label=lesion.label, geometry=lesion.drawn_on, findings=findings
    )
    return replace(mask, name=lesion.region)
