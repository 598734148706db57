"""The same image or mask under the names of two patients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tumorcast.cohort.case import Case, Cohort
from tumorcast.cohort.facts import ImageFacts
from tumorcast.errors import Finding
from tumorcast.imaging import DicomSeries, digest_of

_SHOWN = 20


def shared_files(cases: Sequence[Case]) -> Iterator[Finding]:
    """Refuse cohorts in which files of different patients have the same bytes.

    ``IDS-07``. Such a pair would stand in training and test at once. Only files of equal size are
    read. Lesions of one patient may share an image: they never part in a split.
    """
    by_size: dict[int, list[tuple[Case, Path | DicomSeries]]] = defaultdict(list)
    for case in cases:
        for file in _files(case):
            by_size[_size(file)].append((case, file))
    pairs: list[str] = []
    for same_size in by_size.values():
        if len({case.patient_id for case, _ in same_size}) > 1:
            pairs += _twins(same_size)
    if pairs:
        yield _refusal(pairs, "byte for byte")


def shared_voxels(cohort: Cohort, images: Mapping[str, Sequence[ImageFacts]]) -> Iterator[Finding]:
    """Refuse cohorts in which images or masks of different patients have the same voxels.

    ``IDS-07``, as `shared_files`, for what was saved again: in another format, with another header,
    compressed anew.

    Parameters
    ----------
    images
        Facts by case id.
    """
    patient_of = dict(zip(cohort.case_ids, cohort.patient_ids, strict=True))
    first_with: dict[str, tuple[str, str]] = {}
    pairs = []
    for case_id, facts in images.items():
        for image in facts:
            for what, digest in ((image.image, image.voxels), (f"{image.image} mask", image.drawn)):
                if not digest:
                    continue
                other, other_what = first_with.setdefault(digest, (case_id, what))
                if patient_of[other] != patient_of[case_id]:
                    pairs.append(f"{other} and {case_id} ({other_what}, {what})")
    if pairs:
        yield _refusal(pairs, "voxel for voxel")


def _refusal(pairs: Sequence[str], how: str) -> Finding:
    shown = "; ".join(pairs[:_SHOWN]) + (" and more" if len(pairs) > _SHOWN else "")
    return Finding(
        "IDS-07",
        "refused",
        f"{len(pairs)} pairs of patients share an image or mask, {how}: {shown}",
        "files of their own for every patient",
        "correct the paths, or, if they are one patient, declare cohort.patient",
    )


def _files(case: Case) -> Iterator[Path | DicomSeries]:
    for source in case.images.values():
        yield from source.inputs


def _size(part: Path | DicomSeries) -> int:
    if isinstance(part, DicomSeries):
        return part.n_bytes
    if part.is_dir():
        return sum(file.stat().st_size for file in part.rglob("*") if file.is_file())
    return part.stat().st_size


def _name(part: Path | DicomSeries) -> str:
    return part.name if isinstance(part, Path) else f"series {part.uid}"


def _twins(same_size: Sequence[tuple[Case, Path | DicomSeries]]) -> Iterator[str]:
    first_with: dict[str, tuple[Case, Path | DicomSeries]] = {}
    for case, file in same_size:
        other, other_file = first_with.setdefault(digest_of(file), (case, file))
        if other.patient_id != case.patient_id:
            yield f"{other.case_id} and {case.case_id} ({_name(other_file)}, {_name(file)})"
