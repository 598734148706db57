"""Any tree of DICOM files: an archive's download, a PACS export, a disc.

Names of files and folders mean nothing: series are found by their headers, a Patient ID is a case,
and drawings belong to the series that they refer to.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tumorcast.cohort.case import ImageSource
from tumorcast.cohort.readers.dicom_patient import Patient, images_of
from tumorcast.cohort.readers.found import FoundImages, OnProgress, no_such_modality
from tumorcast.cohort.roi_map import RoiMap
from tumorcast.cohort.schema import CohortSource
from tumorcast.errors import BadInputError, Finding, refuse
from tumorcast.imaging.dicom import (
    DrawnObject,
    FolderIndex,
    SeriesEntry,
    index_folder,
    patient_id_of,
    read_drawn,
)

INDEX_FOLDER = ".tumorcast-index"
"""Folder beside the study file that keeps the headers for the next time; may be deleted."""
_MOST_WORKERS = 8


def read_dicom_tree(
    source: CohortSource, base: Path, on_progress: OnProgress | None = None
) -> FoundImages:
    """Find the series of every patient, and what is drawn on them; see `CohortReader`.

    Findings
    --------
    ``DCM-07`` patients with several series for one image (ask); ``ROI-01`` to ``ROI-04`` as
    `RoiMap.findings`; ``ROI-05`` a region that is drawn twice (ask); ``RTS-02`` drawings of
    another image (excluded); ``FIL-02`` nothing drawn (excluded); ``LAY-02`` an image that no
    case has (refused); ``LAY-03`` objects without a Patient ID (warning); ``DCM-08`` objects that
    are neither image nor drawing (repaired); a file that cannot be read excludes the patient in
    whose folder it lies.
    """
    index = index_of(base / source.root, base, source.force_dicom, on_progress)
    patients, findings = patients_in(index)
    roi_map = RoiMap.of(source.drawn)
    images: dict[str, Mapping[str, ImageSource]] = {}
    for patient in patients:
        chosen = images_of(patient, source, roi_map)
        images[patient.case_id] = chosen.images
        findings += chosen.findings
    there = Counter(entry.modality for patient in patients for entry in patient.series)
    listed = ", ".join(f"{count} series of {name}" for name, count in sorted(there.items()))
    findings += roi_map.findings(roi_counts(patients)) if roi_map.texts else ()
    if not any(finding.consequence == "ask" for finding in findings):
        findings += no_such_modality(source, images, listed)
    return FoundImages(source.root, images, tuple(findings))


def index_of(
    root: Path, base: Path, force: bool = False, on_progress: OnProgress | None = None
) -> FolderIndex:
    """Return the index of a tree, kept beside the study file where one may write there.

    Parameters
    ----------
    root, force, on_progress
        As for `index_folder`.
    base
        Folder of the study file.

    Raises
    ------
    StudyRefusedError
        ``LAY-01`` the folder is absent, or holds no DICOM files.
    """
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    cache = base / INDEX_FOLDER / f"{name}.json" if os.access(base, os.W_OK) else None
    index = None
    if root.is_dir():
        index = index_folder(
            root, cache=cache, workers=_workers(), force=force, on_progress=on_progress
        )
    if index is None or not (index.headers or index.findings):
        raise refuse(
            "LAY-01",
            "no DICOM file" if index else "there is no such folder",
            expected="a folder with DICOM files below it",
            fix="correct cohort.root or cohort.layout",
            file=str(root),
        )
    return index


def _workers() -> int:
    return min(_MOST_WORKERS, os.cpu_count() or 1)


def patients_in(index: FolderIndex) -> tuple[list[Patient], list[Finding]]:
    """Return the patients, sorted by id, and what is wrong with files of the tree."""
    by_patient: dict[str, list[SeriesEntry]] = defaultdict(list)
    for entry in index.series():
        by_patient[entry.headers[0].patient].append(entry)
    findings = list(_left_aside(by_patient.pop("", []), index))
    patients = []
    for entries in by_patient.values():
        case_id = patient_id_of(entries[0].paths[0])
        drawn, faults = _drawn(entries)
        findings += [fault.for_case(case_id) for fault in faults]
        series = tuple(entry for entry in entries if entry.is_image)
        patients.append(Patient(case_id, series, tuple(drawn)))
    findings += _damaged(index, patients)
    return sorted(patients, key=lambda one: one.case_id), findings


def roi_counts(patients: Sequence[Patient]) -> Counter[str]:
    """Return in how many patients each name is drawn."""
    return Counter(
        name
        for patient in patients
        for name in {name for drawn in patient.drawn for name in drawn.names}
    )


def _drawn(entries: Sequence[SeriesEntry]) -> tuple[list[DrawnObject], list[BadInputError]]:
    drawn, faults = [], []
    for entry in entries:
        for path in entry.paths if entry.modality in {"RTSTRUCT", "SEG"} else ():
            try:
                drawn.append(read_drawn(path))
            except BadInputError as error:
                faults.append(error)
    return drawn, faults


def _left_aside(nobodys: Sequence[SeriesEntry], index: FolderIndex) -> Iterator[Finding]:
    if nobodys:
        count = sum(len(entry.headers) for entry in nobodys)
        yield Finding(
            "LAY-03",
            "warning",
            f"{count} DICOM objects without a Patient ID (0010,0020)",
            "a Patient ID in every object",
            "give them one, or they belong to nobody",
            file=nobodys[0].headers[0].path,
        )
    kinds = Counter(
        header.kind
        for header in index.headers
        if not header.is_image and header.modality not in {"RTSTRUCT", "SEG"}
    )
    if kinds:
        text = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        yield Finding(
            "DCM-08",
            "repaired",
            f"objects that are neither image nor drawing: {text}",
            "images and drawings",
            "nothing to do: they were skipped",
        )


def _damaged(index: FolderIndex, patients: Sequence[Patient]) -> Iterator[Finding]:
    """Exclude the patient in whose folder a damaged file lies; warn where several lie there."""
    living: dict[Path, set[str]] = defaultdict(set)
    for patient in patients:
        for entry in patient.series:
            for path in entry.paths:
                living[path.parent].add(patient.case_id)
    for finding in index.findings:
        cases = living.get(Path(finding.file).parent, set())
        if len(cases) == 1:
            yield BadInputError(
                finding.code,
                finding.found,
                expected=finding.expected,
                fix=finding.fix,
                file=finding.file,
            ).for_case(next(iter(cases)))
        else:
            yield Finding(
                finding.code,
                "warning",
                f"{finding.found}; nobody knows to which case it belongs",
                finding.expected,
                finding.fix,
                file=finding.file,
            )
