"""Every image of a case judged together with its mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tumorcast.cohort.case import Case, Cohort, ImageSource
from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Mask, Region, Volume, judge_pair, read_mask, read_volume


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
        return "1"

    def parameters(self) -> Mapping[str, object]:
        """Return the regions."""
        return {"regions": [repr(region) for region in self.regions]}

    def input_digest(self, case: Case) -> str:
        """Return a digest of all images and masks, names and places included."""
        parts = [case.case_id]
        for name, source in sorted(case.images.items()):
            parts += [name, _place(source.image), _place(source.mask), source.digest()]
        return "\n".join(parts)

    def extract(self, case: Case) -> list[dict[str, str]]:
        """Return the findings on the case as plain JSON; see `findings_of`."""
        return [finding.as_dict() for finding in check_case(case, self.regions)]


def check_case(case: Case, regions: tuple[Region, ...] = ()) -> tuple[Finding, ...]:
    """Read every image and mask of a case and judge them.

    Returns
    -------
    Findings with case and file. What cannot be read excludes the case.
    """
    findings: list[Finding] = []
    for name, source in case.images.items():
        for finding in _judge_source(source, regions):
            where = finding.file or _place(source.image)
            found = f"image '{name}': {finding.found}"
            findings.append(replace(finding, case=case.case_id, file=where, found=found))
    return tuple(findings)


def check_cases(cohort: Cohort, regions: tuple[Region, ...] = ()) -> tuple[Finding, ...]:
    """Judge the cases one after the other in this process; see `CaseCheck` for a pool."""
    return tuple(finding for case in cohort for finding in check_case(case, regions))


def findings_of(extracted: list[dict[str, str]]) -> tuple[Finding, ...]:
    """Return the findings that `CaseCheck.extract` gave as plain JSON."""
    return tuple(Finding(**facts) for facts in extracted)  # type: ignore[arg-type]


def _judge_source(source: ImageSource, regions: tuple[Region, ...]) -> Iterator[Finding]:
    noticed: list[Finding] = []
    try:
        volume = _volume(source, noticed)
        mask = _mask(source, noticed)
    except BadInputError as error:
        yield from noticed
        yield error.finding
        return
    yield from noticed
    if mask is not None:
        yield from judge_pair(volume, mask, regions=regions)


def _volume(source: ImageSource, noticed: list[Finding]) -> Volume:
    if isinstance(source.image, Volume):
        return source.image
    return read_volume(source.image, unit=source.unit, findings=noticed)


def _mask(source: ImageSource, noticed: list[Finding]) -> Mask | None:
    if source.mask is None or isinstance(source.mask, Mask):
        return source.mask
    return read_mask(source.mask, label=source.label, findings=noticed)


def _place(part: Path | Volume | Mask | None) -> str:
    return str(part) if isinstance(part, Path) else ""
