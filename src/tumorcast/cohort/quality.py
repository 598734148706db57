"""Every image of a case judged together with its mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tumorcast.cohort.case import Case, Cohort, ImageSource
from tumorcast.cohort.facts import ImageFacts, facts_of
from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import DicomSeries, Region, judge_pair


@dataclass(frozen=True)
class CaseCheck:
    """Judges the voxels of one case; an `Extractor`, so it may run in a pool and be cached.

    Parameters
    ----------
    regions
        Built one after the other, to see how much of each lies in the patient.
    """

    regions: tuple[Region, ...] = ()

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "case check"

    @property
    def version(self) -> str:
        """Changes when the same voxels are judged otherwise."""
        return "4"

    def parameters(self) -> Mapping[str, object]:
        """Return the regions."""
        return {"regions": [repr(region) for region in self.regions]}

    def input_digest(self, case: Case) -> str:
        """Return a digest of all images and masks, names and places included."""
        parts = [case.case_id]
        for name, source in sorted(case.images.items()):
            parts += [name, *(_place(part) for part in source.inputs), source.digest()]
        return "\n".join(parts)

    def extract(self, case: Case) -> dict[str, Any]:
        """Return findings and facts as plain JSON; see `CaseReport.of_dict`."""
        return report_on(case, self.regions).as_dict()


@dataclass(frozen=True)
class CaseReport:
    """What the voxels of one case show: findings, and facts about every image that can be read."""

    findings: tuple[Finding, ...]
    images: tuple[ImageFacts, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON."""
        return {
            "findings": [finding.as_dict() for finding in self.findings],
            "images": [image.as_dict() for image in self.images],
        }

    @classmethod
    def of_dict(cls, document: Mapping[str, Any]) -> CaseReport:
        """Return the report that `as_dict` gave."""
        return cls(
            tuple(Finding(**facts) for facts in document["findings"]),
            tuple(ImageFacts.of_dict(facts) for facts in document["images"]),
        )


def report_on(case: Case, regions: tuple[Region, ...] = ()) -> CaseReport:
    """Read every image and mask of a case, judge them, and note what they are.

    Findings have case and file; the same warning about several images is one. What cannot be read
    excludes the case; what can be read in several ways asks for a line in the study file.
    """
    findings: list[Finding] = []
    images: list[ImageFacts] = []
    warned: dict[tuple[str, str], list[str]] = {}
    for name, source in case.images.items():
        for finding in _judge_source(name, source, regions, images):
            also = warned.setdefault((finding.code, finding.found), [])
            if finding.consequence != "warning" or not also:
                findings.append(_placed(finding, case.case_id, name, source))
            if finding.consequence == "warning":
                also.append(name)
    return CaseReport(tuple(_naming_all(findings, warned)), tuple(images))


def check_case(case: Case, regions: tuple[Region, ...] = ()) -> tuple[Finding, ...]:
    """Return the findings of `report_on`."""
    return report_on(case, regions).findings


def check_cases(cohort: Cohort, regions: tuple[Region, ...] = ()) -> tuple[Finding, ...]:
    """Judge the cases one after the other in this process; see `CaseCheck` for a pool."""
    return tuple(finding for case in cohort for finding in check_case(case, regions))


def _judge_source(
    name: str, source: ImageSource, regions: tuple[Region, ...], images: list[ImageFacts]
) -> Iterator[Finding]:
    noticed: list[Finding] = []
    kept: dict[str, float] = {}
    try:
        volume = source.volume(noticed)
        mask = None if source.mask is None else source.tumor(noticed)
    except BadInputError as error:
        yield from noticed
        yield error.finding
        return
    yield from noticed
    if mask is not None:
        yield from judge_pair(volume, mask, regions=regions, kept=kept)
    images.append(facts_of(name, source.image, volume, mask, kept))


def _naming_all(
    findings: list[Finding], warned: Mapping[tuple[str, str], list[str]]
) -> Iterator[Finding]:
    """Yield the findings, a warning with the names of all images that it is true of."""
    for finding in findings:
        words = finding.found.partition(": ")[2]
        names = list(dict.fromkeys(warned.get((finding.code, words), ())))
        if finding.consequence == "warning" and len(names) > 1:
            listed = ", ".join(f"'{name}'" for name in names)
            yield replace(finding, found=f"images {listed}: {words}")
        else:
            yield finding


def _placed(finding: Finding, case_id: str, name: str, source: ImageSource) -> Finding:
    where = f", in the study file under cohort: images: {name}"
    return replace(
        finding,
        case=case_id,
        file=finding.file or next(map(_place, source.inputs), ""),
        found=f"image '{name}': {finding.found}",
        fix=finding.fix + (where if finding.consequence == "ask" else ""),
    )


def _place(part: Path | DicomSeries) -> str:
    return str(part if isinstance(part, Path) else part.files[0].parent)
