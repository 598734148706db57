"""What an RTSTRUCT or a SEG says it holds, without its contours or voxels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tumorcast.imaging.dicom.header import SEGMENTATION
from tumorcast.imaging.dicom.scan import scan
from tumorcast.imaging.dicom.structures import dataset_of, parsing, series_named_by
from tumorcast.imaging.dicom.text import decoded
from tumorcast.imaging.guard import guarded

_CHARSET, _PATIENT_ID = 0x00080005, 0x00100020
_TAGS = [
    "SOPClassUID",
    "FrameOfReferenceUID",
    "StructureSetLabel",
    "SeriesDescription",
    "StructureSetROISequence",
    "ReferencedFrameOfReferenceSequence",
    "SegmentSequence",
    "ReferencedSeriesSequence",
]


@dataclass(frozen=True)
class DrawnObject:
    """The regions that were drawn in one session.

    Parameters
    ----------
    path
        The RTSTRUCT or SEG.
    description
        Series description, and the structure set's label.
    names
        Of its regions or segments, in the order of the file.
    numbers
        Segment numbers of a SEG; empty for an RTSTRUCT, whose regions go by name.
    series
        Series Instance UIDs on which it says it was drawn.
    frames_of_reference
        UIDs of the spaces in which it was drawn.
    """

    path: Path
    description: str
    names: tuple[str, ...]
    numbers: tuple[int, ...]
    series: frozenset[str]
    frames_of_reference: frozenset[str]


@guarded
def read_drawn(path: Path) -> DrawnObject:
    """Read the names of the regions and what they were drawn on.

    Raises
    ------
    BadInputError
        As `dataset_of`.
    """
    data = dataset_of(path, specific_tags=_TAGS, stop_before_pixels=True)
    with parsing(path):
        is_seg = str(data.get("SOPClassUID", "")) == SEGMENTATION
        items = list(data.get("SegmentSequence" if is_seg else "StructureSetROISequence") or ())
        texts = [str(data.get(tag, "")) for tag in ("SeriesDescription", "StructureSetLabel")]
        return DrawnObject(
            path,
            " ".join(text for text in texts if text),
            tuple(str(item.get("SegmentLabel" if is_seg else "ROIName", "")) for item in items),
            tuple(int(item.SegmentNumber) for item in items) if is_seg else (),
            frozenset(_series_of_seg(data)) if is_seg else series_named_by(data),
            frozenset(_frames(data, items)),
        )


def patient_id_of(path: Path) -> str:
    """Return the Patient ID as the file holds it; empty where it has none."""
    values = scan(path, frozenset({_CHARSET, _PATIENT_ID}), force=True).values
    return decoded(values.get(_PATIENT_ID, b""), values.get(_CHARSET, b""))


def _series_of_seg(data: Any) -> Iterator[str]:
    for series in data.get("ReferencedSeriesSequence") or ():
        yield str(series.get("SeriesInstanceUID", ""))


def _frames(data: Any, items: list[Any]) -> set[str]:
    """Return the spaces that the regions name, or else the whole object's."""
    named = {str(item.get("ReferencedFrameOfReferenceUID", "")) for item in items} - {""}
    return named or {str(data.get("FrameOfReferenceUID", ""))} - {""}
