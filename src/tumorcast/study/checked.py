"""What a check leaves on the disk, from which its page and the report's chapter are built."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tumorcast.cohort import ClinicalValue, Outcome, separations
from tumorcast.errors import StudyRefusedError
from tumorcast.study.doctor import Examination, usable_part
from tumorcast.study.extraction import Machinery
from tumorcast.study.thumbnails import write_thumbnails
from tumorcast.validation import Design, most_folds

DIGESTS = ("voxels", "drawn")


def write_cohort(examined: Examination, folder: Path, machinery: Machinery) -> None:
    """Write ``cohort.json`` and the pictures of the cases.

    ``cohort.json`` describes the cohort without a clinical value of anybody: which are missing, how
    well a column alone tells the event, spacing and intensities by case.
    """
    write_json(folder / "cohort.json", cohort_document(examined))
    named = frozenset(finding.case for finding in examined.quality.findings)
    write_thumbnails(examined.reading.cohort, named, folder / "cases", machinery)


def cohort_document(examined: Examination) -> dict[str, Any]:
    """Return the content of ``cohort.json``."""
    file, reading = examined.plan.study.file, examined.reading
    return {
        "study": file.study,
        "description": file.description,
        "endpoint": file.endpoint.name,
        "cases": list(reading.cohort.case_ids),
        "centre_of": list(reading.cohort.centres),
        "images": [
            {"case": case_id, **_without_digests(image.as_dict())}
            for case_id, images in examined.images.items()
            for image in images
        ],
        "columns": [
            _column(
                name, reading.table[name], reading.outcome, known=column.known, kind=column.kind
            )
            for key, column in file.columns.items()
            if (name := f"{column.block}.{key}") in reading.table
        ],
        "outcome": _outcome(examined),
    }


def write_json(path: Path, document: object) -> None:
    """Write a document as readable JSON."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _without_digests(image: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in image.items() if key not in DIGESTS}


def _column(
    name: str, values: Sequence[ClinicalValue], outcome: Outcome, *, known: str, kind: str
) -> dict[str, Any]:
    events = [outcome.of_class(n).event for n in range(len(outcome.levels))] or [outcome.event]
    told = [separations(values, event) for event in events]
    alone, filled_in = (max(one) for one in zip(*told, strict=True))
    return {
        "name": name,
        "kind": kind,
        "known": known,
        "missing": [row for row, value in enumerate(values) if value is None],
        "levels": len({value for value in values if value is not None}),
        "auroc": alone,
        "auroc_filled_in": filled_in,
    }


def _outcome(examined: Examination) -> dict[str, Any]:
    """Return events by centre and the folds that they fill; empty while anything stops the study.

    Classes are not counted by centre. The number of folds is judged for the cases that go on.
    """
    endpoint_in_doubt = any(f.code.startswith("END") for f in examined.reading.stopping)
    if endpoint_in_doubt or not examined.quality.usable:
        return {}
    cohort, outcome = usable_part(examined.reading, examined.quality)
    spec = examined.plan.study.file.validation
    design = Design(spec.folds, spec.repeats, spec.seed)
    try:
        most = most_folds(
            outcome, cohort.patient_ids, design, examined.plan.study.file.endpoint.horizons
        )
    except StudyRefusedError:
        most = None
    horizon = examined.plan.study.file.endpoint.horizons[0]
    return {
        "horizon_days": None if math.isinf(horizon) else horizon,
        "centres": [] if outcome.levels else _by_centre(cohort.centres, outcome),
        "folds": design.folds if spec.draws_folds else None,
        "most_folds": most,
    }


def _by_centre(centres: Sequence[str], outcome: Outcome) -> list[dict[str, Any]]:
    of_case = np.array(centres, dtype=np.str_)
    return [
        {
            "centre": str(centre),
            "cases": int((of_case == centre).sum()),
            "events": int((outcome.event[of_case == centre] == 1).sum()),
            "competing": int((outcome.event[of_case == centre] > 1).sum()),
        }
        for centre in np.unique(of_case)
    ]
