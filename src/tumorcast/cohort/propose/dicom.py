"""What is guessed of a tree of DICOM files: series, and names of drawn regions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tumorcast.cohort.propose.guess import LayoutGuess, few, image_of
from tumorcast.cohort.readers.dicom_patient import Patient
from tumorcast.cohort.readers.dicom_tree import index_of, patients_in, roi_counts
from tumorcast.cohort.readers.found import OnProgress
from tumorcast.cohort.roi_map import looks_like_tumor, propose_map
from tumorcast.imaging.dicom import SeriesEntry

_NAMES_SHOWN = 40


def propose_dicom(root: Path, base: Path, on_progress: OnProgress | None = None) -> LayoutGuess:
    """Return an image a modality, with a rule where patients have several series of it."""
    patients, _ = patients_in(index_of(root, base, on_progress=on_progress))
    counts = Counter(m for patient in patients for m in {one.modality for one in patient.series})
    n_files = sum(len(one.headers) for patient in patients for one in patient.series)
    notes = {"cohort.layout": f"guess: {len(patients)} patients with {n_files} DICOM images"}
    cohort: dict[str, Any] = {"images": {}}
    for modality, count in sorted(counts.items()):
        if 2 * count < len(patients):
            continue
        name, declared = image_of(modality)
        rule, reason = _rule(patients, modality)
        cohort["images"][name] = {**declared, **rule}
        notes[f"cohort.images.{name}"] = f"guess: in {count} of {len(patients)} patients{reason}"
    proposed, notes["cohort.drawn"] = _drawn(roi_counts(patients))
    if proposed is not None:
        cohort["drawn"] = proposed
    return LayoutGuess("dicom", tuple(one.case_id for one in patients), cohort, notes)


def _rule(patients: Sequence[Patient], modality: str) -> tuple[dict[str, Any], str]:
    """Return the rule that leaves every patient one series, and what was seen."""
    all_series = [[one for one in p.series if one.modality == modality] for p in patients]
    if all(len(series) < 2 for series in all_series):
        return {}, ""
    n_several = sum(len(series) > 1 for series in all_series)
    seen = f"; {n_several} have several series"
    drawn_on = {uid for p in patients for drawn in p.drawn for uid in drawn.series}
    if all(sum(one.uid in drawn_on for one in series) == 1 for series in all_series if series):
        return {"only_drawn_on": True}, f"{seen}, of which one is drawn on"
    descriptions = Counter(
        text for series in all_series for text in {_description(one) for one in series}
    )
    for text, _ in descriptions.most_common():
        if all([_description(one) for one in s].count(text) == 1 for s in all_series if s):
            return {"description": f"^{re.escape(text)}$"}, f"{seen}, one described so"
    listed = few([f"'{text}' ({count})" for text, count in descriptions.most_common()])
    return {}, f"{seen}: {listed}; add description: or only_drawn_on: true"


def _description(entry: SeriesEntry) -> str:
    return next((header.description for header in entry.headers if header.is_image), "")


def _drawn(counts: Counter[str]) -> tuple[dict[str, list[str]] | None, str]:
    """Return a map of the drawn names, and what was seen; no map where it would be a guess.

    Without a map the study asks for one. An empty map says that nothing is drawn.
    """
    if not counts:
        return {}, "guess: there is no RTSTRUCT or SEG, so nothing is drawn"
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    listed = few([f"{name} ({counts[name]})" for name in ordered], _NAMES_SHOWN)
    proposed = propose_map(sorted(counts))
    mapped = {name for names in proposed.values() for name in names}
    unclear = [name for name in ordered if looks_like_tumor(name) and name not in mapped]
    if unclear or not proposed:
        return None, f"say which are the tumour: {listed}; not clear: {few(unclear or ordered)}"
    return proposed, f"guess: names with the patients that have them: {listed}"
