"""The layout of the HECKTOR challenges: ``PID__CT.nii.gz``, ``PID__PT.nii.gz``, ``PID.nii.gz``.

Images and labels may lie in ``imagesTr`` and ``labelsTr`` or in a folder a patient. Label 1 is the
primary tumour, label 2 the lymph nodes (HECKTOR 2022 and 2025).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tumorcast.cohort.case import ImageSource
from tumorcast.cohort.drawing import Drawing
from tumorcast.cohort.readers.found import (
    FoundImages,
    OnProgress,
    lesions_of_labels,
    modality_of,
    no_such_modality,
    not_drawn,
)
from tumorcast.cohort.schema import CohortSource
from tumorcast.errors import Finding, refuse

LABELS: Mapping[str, tuple[str, ...]] = {"GTVp": ("1",), "GTVn": ("2",)}
ENDING = ".nii.gz"
SEPARATOR = "__"


def read_hecktor(
    source: CohortSource,
    base: Path,
    on_progress: OnProgress | None = None,  # noqa: ARG001  (as every layout)
) -> FoundImages:
    """Find images and labels by their names; see `CohortReader`.

    Findings
    --------
    ``FIL-02`` a case without labels (excluded); ``LAY-04`` two files that are the same image of
    the same case (excluded); ``LAY-02`` an image that no case has (refused).
    """
    root = base / source.root
    findings: list[Finding] = []
    files = hecktor_files(root, findings)
    if not any(SEPARATOR in name for name in files):
        raise refuse(
            "LAY-01",
            f"no file is named such as PID{SEPARATOR}CT{ENDING}",
            expected="a folder in HECKTOR's layout",
            fix="correct cohort.root or cohort.layout",
            file=str(root),
        )
    drawn = LABELS if source.drawn is None else source.drawn
    images: dict[str, dict[str, ImageSource]] = {}
    for case_id in case_ids(files):
        images[case_id] = {}
        lesions = lesions_of_labels(drawn, files.get(case_id))
        for name, template in source.images.items():
            file = files.get(f"{case_id}{SEPARATOR}{modality_of(source, name)}")
            if file is None:
                continue
            if drawn and not lesions:
                findings.append(not_drawn(case_id, name))
                continue
            drawing = Drawing(lesions, source.tumor) if lesions else None
            images[case_id][name] = ImageSource(file, drawing, template.unit)
    findings += no_such_modality(source, images, ", ".join(modalities(files)))
    return FoundImages(source.root, images, tuple(findings))


def hecktor_files(root: Path, findings: list[Finding] | None = None) -> dict[str, Path]:
    """Return the images and labels below a folder by name, without the ending."""
    files: dict[str, Path] = {}
    for path in _nifti_files(root):
        name = path.name.removesuffix(ENDING)
        other = files.setdefault(name, path)
        if other is not path and findings is not None:
            findings.append(_twice(name.split(SEPARATOR)[0], other, path))
    return files


def case_ids(files: Mapping[str, Path]) -> list[str]:
    """Return the ids that images bear, sorted."""
    return sorted({name.split(SEPARATOR)[0] for name in files if SEPARATOR in name})


def modalities(files: Mapping[str, Path]) -> list[str]:
    """Return what the images are, as their names say, sorted."""
    return sorted({name.split(SEPARATOR, 1)[1] for name in files if SEPARATOR in name})


def _nifti_files(root: Path) -> Iterator[Path]:
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            if name.endswith(ENDING):
                yield Path(folder) / name


def _twice(case_id: str, first: Path, second: Path) -> Finding:
    return Finding(
        "LAY-04",
        "excluded",
        f"{first.parent.name}/{first.name} and {second.parent.name}/{second.name}",
        "each image of a case once",
        "move one of them away",
        case=case_id,
        file=str(second),
    )
