"""The layout of nnU-Net: ``imagesTr/CASE_0000.nii.gz``, ``labelsTr/CASE.nii.gz``, ``dataset.json``.

Both versions of ``dataset.json`` are read: ``channel_names`` and ``{"tumor": 1}`` of version 2,
``modality`` and ``{"1": "tumor"}`` of version 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

DATASET_FILE = "dataset.json"
IMAGES, LABELS = "imagesTr", "labelsTr"
_NOT_DRAWN = {"background", "ignore"}


@dataclass(frozen=True)
class Dataset:
    """What ``dataset.json`` declares.

    Parameters
    ----------
    channels
        Number of a channel, as in the file names, by its name in capitals.
    labels
        By region, the labels that it is made of.
    ending
        Of all files, such as ``.nii.gz``.
    """

    channels: Mapping[str, str]
    labels: Mapping[str, tuple[str, ...]]
    ending: str


def read_nnunet(
    source: CohortSource,
    base: Path,
    on_progress: OnProgress | None = None,  # noqa: ARG001  (as every layout)
) -> FoundImages:
    """Find images and labels by their names; see `CohortReader`.

    Findings
    --------
    ``FIL-02`` a case without labels (excluded); ``LAY-02`` an image that no case has (refused).
    """
    root = base / source.root
    dataset = read_dataset(root)
    drawn = dataset.labels if source.drawn is None else source.drawn
    findings: list[Finding] = []
    images: dict[str, dict[str, ImageSource]] = {}
    for case_id in case_ids(root, dataset):
        images[case_id] = {}
        label_file = root / LABELS / f"{case_id}{dataset.ending}"
        lesions = lesions_of_labels(drawn, label_file if label_file.is_file() else None)
        for name, template in source.images.items():
            channel = dataset.channels.get(modality_of(source, name).upper(), "")
            file = root / IMAGES / f"{case_id}_{channel}{dataset.ending}"
            if not file.is_file():
                continue
            if drawn and not lesions:
                findings.append(not_drawn(case_id, name))
                continue
            drawing = Drawing(lesions, source.tumor) if lesions else None
            images[case_id][name] = ImageSource(file, drawing, template.unit)
    findings += no_such_modality(source, images, ", ".join(dataset.channels))
    return FoundImages(source.root, images, tuple(findings))


def case_ids(root: Path, dataset: Dataset) -> list[str]:
    """Return the cases that have an image, sorted."""
    ending = re.compile(rf"_(\d{{4}}){re.escape(dataset.ending)}$")
    names = [path.name for path in (root / IMAGES).iterdir()]
    return sorted({ending.sub("", name) for name in names if ending.search(name)})


def read_dataset(root: Path) -> Dataset:
    """Read ``dataset.json``.

    Raises
    ------
    StudyRefusedError
        ``LAY-01`` it is absent or holds something else, or there are no training images.
    """
    file = root / DATASET_FILE
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        channels = document.get("channel_names") or document["modality"]
        dataset = Dataset(
            {str(name).upper(): f"{int(number):04d}" for number, name in channels.items()},
            _labels(document["labels"]),
            str(document.get("file_ending", ".nii.gz")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _not_this_layout(f"{type(error).__name__}: {error}", file) from None
    if not (root / IMAGES).is_dir():
        raise _not_this_layout(f"there is no folder {IMAGES}", file)
    return dataset


def _labels(declared: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    regions = {}
    for key, value in declared.items():
        old = str(key).isdecimal()
        name, labels = (str(value), key) if old else (str(key), value)
        if name.lower() not in _NOT_DRAWN:
            many = labels if isinstance(labels, list) else [labels]
            regions[_region_name(name)] = tuple(str(int(label)) for label in many)
    return regions


def _region_name(name: str) -> str:
    """Return the name with what cannot stand in a column's name replaced."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "region"
    plain = f"r_{plain}" if not plain[0].isalpha() else plain
    return "tumor_label" if plain == "tumor" else plain


def _not_this_layout(found: str, file: Path) -> Exception:
    return refuse(
        "LAY-01",
        f"{DATASET_FILE} cannot be used ({found})",
        expected="channel_names, labels and file_ending, as nnU-Net writes them",
        fix="correct cohort.root or cohort.layout, or mend the file",
        file=str(file),
    )
