"""Which layout a folder is in, and what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tumorcast.cohort.propose.dicom import propose_dicom
from tumorcast.cohort.propose.guess import LayoutGuess
from tumorcast.cohort.propose.label_images import propose_hecktor, propose_nnunet
from tumorcast.cohort.readers.found import OnProgress
from tumorcast.cohort.readers.hecktor import case_ids, hecktor_files
from tumorcast.cohort.readers.nnunet import DATASET_FILE, IMAGES
from tumorcast.imaging.dicom.scan import looks_like_dicom

_FILES_LOOKED_AT = 500
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".json", ".gz", ".nii", ".nrrd", ".mha")


def guess_layout(
    root: Path, base: Path, on_progress: OnProgress | None = None
) -> LayoutGuess | None:
    """Return what a folder holds; ``None`` when it is in no layout that finds its own images.

    Parameters
    ----------
    root
        The folder.
    base
        Folder of the study file.
    on_progress
        Called with (files looked at, files in all).
    """
    if _is_nnunet(root):
        return propose_nnunet(root, base)
    if _is_hecktor(root):
        return propose_hecktor(root, base)
    return propose_dicom(root, base, on_progress) if _is_dicom(root) else None


def _is_nnunet(root: Path) -> bool:
    return (root / DATASET_FILE).is_file() and (root / IMAGES).is_dir()


def _is_hecktor(root: Path) -> bool:
    """Return whether most images named ``PID__CT.nii.gz`` have a label image ``PID.nii.gz``."""
    files = hecktor_files(root)
    ids = case_ids(files)
    return bool(ids) and 2 * sum(case_id in files for case_id in ids) > len(ids)


def _is_dicom(root: Path) -> bool:
    return any(looks_like_dicom(path) for path in islice(_candidates(root), _FILES_LOOKED_AT))


def _candidates(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        for name in names:
            if not name.lower().endswith(_TABLES):
                yield Path(folder) / name
