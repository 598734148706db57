"""Which series and which drawings of one patient are meant; nothing is guessed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tumorcast.cohort.case import ImageSource
from tumorcast.cohort.drawing import Drawing, Lesion
from tumorcast.cohort.readers.found import modality_of, not_drawn
from tumorcast.cohort.roi_map import RoiMap
from tumorcast.cohort.schema import CohortSource
from tumorcast.errors import Finding
from tumorcast.imaging.dicom import DicomSeries, DrawnObject, SeriesEntry

_ALSO_CALLED = {"PET": "PT", "MRI": "MR"}


@dataclass(frozen=True)
class Patient:
    """The image series of one patient, over all studies, and what was drawn."""

    case_id: str
    series: tuple[SeriesEntry, ...]
    drawn: tuple[DrawnObject, ...]


@dataclass
class Chosen:
    """The images of one patient, and why some are missing."""

    images: dict[str, ImageSource] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def images_of(patient: Patient, source: CohortSource, roi_map: RoiMap) -> Chosen:
    """Return the one series that each declared image means, with what is drawn on it."""
    chosen = Chosen()
    for name, template in source.images.items():
        fitting = _fitting(patient, source, name)
        if len(fitting) > 1:
            chosen.findings.append(_several_series(patient, name, fitting))
        elif fitting:
            drawing = _drawing(patient, name, fitting[0], source, roi_map, chosen)
            if drawing is not None or not roi_map.texts:
                files = _series_of(fitting[0], source.force_dicom)
                chosen.images[name] = ImageSource(
                    files, drawing, template.unit, max_gap_slices=template.max_gap_slices
                )
    return chosen


def _fitting(patient: Patient, source: CohortSource, name: str) -> list[SeriesEntry]:
    template = source.images[name]
    modality = modality_of(source, name)
    drawn_on = {uid for drawn in patient.drawn for uid in drawn.series}
    return [
        entry
        for entry in patient.series
        if entry.modality == _ALSO_CALLED.get(modality, modality)
        and re.search(template.description or "", _description(entry), re.IGNORECASE)
        and (entry.uid in drawn_on or not template.only_drawn_on)
    ]


def _drawing(
    patient: Patient,
    name: str,
    series: SeriesEntry,
    source: CohortSource,
    roi_map: RoiMap,
    chosen: Chosen,
) -> Drawing | None:
    mapped = [
        drawn
        for drawn in patient.drawn
        if re.search(source.structures or "", drawn.description, re.IGNORECASE)
        and any(roi_map.regions_of(roi) for roi in drawn.names)
    ]
    used = _drawn_on(series, mapped, patient.series, source.force_dicom)
    lesions = [lesion for drawn, grid in used for lesion in _lesions(drawn, grid, roi_map)]
    twice = _drawn_twice(used, roi_map)
    if twice:
        chosen.findings.append(_several_drawings(patient, name, twice))
    elif lesions:
        return Drawing(tuple(lesions), source.tumor)
    elif mapped:
        chosen.findings.append(_drawn_elsewhere(patient, name, series, mapped))
    elif roi_map.texts:
        chosen.findings.append(not_drawn(patient.case_id, name))
    return None


def _drawn_on(
    series: SeriesEntry,
    mapped: Sequence[DrawnObject],
    others: Sequence[SeriesEntry],
    force: bool,
) -> list[tuple[DrawnObject, DicomSeries]]:
    """Return the drawings that lie in the space of a series, and the grids they were drawn on.

    Those on the series itself come first; only without any, those on another series in the same
    frame of reference; at last those on a series that is not there, but in the same frame.
    """
    own = [(drawn, _series_of(series, force)) for drawn in mapped if series.uid in drawn.series]
    frame = series.headers[0].frame_of_reference
    if own or not frame:
        return own
    near = [
        (drawn, _series_of(other, force))
        for drawn in mapped
        for other in others
        if other.uid in drawn.series and other.headers[0].frame_of_reference == frame
    ]
    there = {other.uid for other in others}
    astray = [d for d in mapped if not d.series & there and frame in d.frames_of_reference]
    return near or [(drawn, _series_of(series, force)) for drawn in astray]


def _lesions(drawn: DrawnObject, grid: DicomSeries, roi_map: RoiMap) -> Iterator[Lesion]:
    for place, roi in enumerate(drawn.names):
        for region in roi_map.regions_of(roi):
            if drawn.numbers:
                yield Lesion(region, drawn.path, label=drawn.numbers[place], drawn_on=grid)
            else:
                yield Lesion(region, drawn.path, roi=roi, drawn_on=grid)


def _drawn_twice(
    used: Sequence[tuple[DrawnObject, DicomSeries]], roi_map: RoiMap
) -> dict[str, list[str]]:
    """Return the drawings of each name that stands in several of them."""
    names = Counter(roi for drawn, _ in used for roi in set(drawn.names) if roi_map.regions_of(roi))
    return {
        roi: [_shown(drawn.path, drawn.description) for drawn, _ in used if roi in drawn.names]
        for roi, count in names.items()
        if count > 1
    }


def _series_of(entry: SeriesEntry, force: bool) -> DicomSeries:
    return DicomSeries(entry.uid, tuple(Path(h.path) for h in entry.headers if h.is_image), force)


def _description(entry: SeriesEntry) -> str:
    return next((header.description for header in entry.headers if header.is_image), "")


def _shown(path: Path, description: str) -> str:
    return f"'{description}' ({path.name})"


def _several_series(patient: Patient, name: str, fitting: Sequence[SeriesEntry]) -> Finding:
    listed = ", ".join(
        f"'{_description(entry)}' ({len(entry.headers)} files, {entry.uid})" for entry in fitting
    )
    first = re.escape(_description(fitting[0]))
    return Finding(
        "DCM-07",
        "ask",
        f"several series could be the image '{name}': {listed}",
        "one series a patient",
        f'say which, under cohort.images.{name}: description: "{first}" (a regular expression), '
        "or only_drawn_on: true for those that an RTSTRUCT or SEG refers to",
        case=patient.case_id,
    )


def _several_drawings(patient: Patient, name: str, twice: Mapping[str, Sequence[str]]) -> Finding:
    listed = ", ".join(f"'{roi}' in {' and '.join(files)}" for roi, files in twice.items())
    return Finding(
        "ROI-05",
        "ask",
        f"a region of the image '{name}' is drawn in several files: {listed}",
        "each region once",
        'say which file counts, under cohort: structures: "WORDS" (a regular expression for its '
        "description), or move the others away",
        case=patient.case_id,
    )


def _drawn_elsewhere(
    patient: Patient, name: str, series: SeriesEntry, mapped: Sequence[DrawnObject]
) -> Finding:
    named = ", ".join(sorted({uid for drawn in mapped for uid in drawn.series})) or "none"
    return Finding(
        "RTS-02",
        "excluded",
        f"image '{name}' is series {series.uid}; what is drawn refers to {named}, which is not "
        "in the same frame of reference",
        "a drawing on this image, or on another one in its frame of reference",
        "draw it on this image, or register the two first",
        case=patient.case_id,
        file=str(mapped[0].path),
    )
