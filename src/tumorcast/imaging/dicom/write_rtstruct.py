"""Masks as an RTSTRUCT (DICOM PS3.3, A.19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging.dicom.drawn_on import (
    PATIENT_AND_STUDY,
    dataset_without_voxels,
    on_slices,
    ordered_slices,
)
from tumorcast.imaging.dicom.header import RTSTRUCT, Header
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.dicom.outlines import outlines_of
from tumorcast.imaging.dicom.text import unquoted
from tumorcast.imaging.dicom.walk import EXPLICIT_LITTLE
from tumorcast.imaging.mask import Mask

_COLOURS = ((255, 0, 0), (0, 160, 255), (255, 200, 0), (0, 200, 80), (200, 0, 255))
_LONGEST_NUMBER = 16
"""Characters of a DICOM decimal string."""


@unquoted()
def write_rtstruct(
    masks: Mask | Sequence[Mask], path: str | Path, series: str | Path | DicomSeries
) -> None:
    """Write masks as the regions of a structure set, one named as each mask.

    Outlines run half way between voxels inside and outside. Those within others are holes, those
    within holes islands: `tumorcast.imaging.read_mask` gives the masks back, voxel by voxel.
    Patient and study are those of the series, so that an archive files it there.

    Parameters
    ----------
    masks
        On the grid of the series, or where their nearest voxels are (see `match_to_image`).
    path
        File to write.
    series
        Folder, file or `DicomSeries` of the image on which they were drawn.

    Raises
    ------
    BadInputError
        ``DCM-24`` the image is interpolated from the slices; ``MSK-02`` a mask is empty, ``MSK-08``
        it lies elsewhere; and as `tumorcast.imaging.read_volume`.
    """
    drawn_on = series if isinstance(series, DicomSeries) else Path(series)
    headers = ordered_slices(drawn_on)
    regions = on_slices([masks] if isinstance(masks, Mask) else list(masks), headers)
    data = _structure_set(headers)
    sequence, dataset = _pydicom_parts()
    data.StructureSetROISequence = sequence(
        [_roi(dataset(), i, one, headers[0]) for i, one in enumerate(regions, start=1)]
    )
    data.ROIContourSequence = sequence(
        [_drawn(dataset(), i, one, headers) for i, one in enumerate(regions, start=1)]
    )
    data.RTROIObservationsSequence = sequence(
        [_observed(dataset(), i) for i in range(1, len(regions) + 1)]
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)


def _structure_set(headers: Sequence[Header]) -> Any:
    uid: Any = import_module("pydicom.uid")
    image = dataset_without_voxels(headers[0].path)
    sequence, dataset = _pydicom_parts()
    data, meta = dataset(), import_module("pydicom.dataset").FileMetaDataset()
    meta.TransferSyntaxUID = uid.UID(EXPLICIT_LITTLE)
    meta.MediaStorageSOPClassUID = data.SOPClassUID = uid.UID(RTSTRUCT)
    meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = uid.generate_uid()
    data.file_meta = meta
    for name in PATIENT_AND_STUDY:
        setattr(data, name, image.get(name))
    now = datetime.now(UTC)
    data.SeriesInstanceUID, data.SeriesNumber = uid.generate_uid(), None
    data.Modality, data.Manufacturer = "RTSTRUCT", "tumorcast"
    data.StructureSetLabel = "tumorcast"
    data.StructureSetDate, data.StructureSetTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    data.FrameOfReferenceUID = headers[0].frame_of_reference
    data.PositionReferenceIndicator = ""
    named, study, place = dataset(), dataset(), dataset()
    named.SeriesInstanceUID = headers[0].series
    named.ContourImageSequence = sequence([_reference(dataset(), header) for header in headers])
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    study.ReferencedSOPInstanceUID = headers[0].study
    study.RTReferencedSeriesSequence = sequence([named])
    place.FrameOfReferenceUID = headers[0].frame_of_reference
    place.RTReferencedStudySequence = sequence([study])
    data.ReferencedFrameOfReferenceSequence = sequence([place])
    return data


def _roi(item: Any, number: int, mask: Mask, header: Header) -> Any:
    item.ROINumber, item.ROIName = number, mask.name
    item.ReferencedFrameOfReferenceUID = header.frame_of_reference
    item.ROIGenerationAlgorithm = ""
    return item


def _observed(item: Any, number: int) -> Any:
    item.ObservationNumber = item.ReferencedROINumber = number
    item.RTROIInterpretedType = item.ROIInterpreter = ""
    return item


def _drawn(item: Any, number: int, mask: Mask, headers: Sequence[Header]) -> Any:
    sequence, dataset = _pydicom_parts()
    item.ReferencedROINumber = number
    item.ROIDisplayColor = list(_COLOURS[(number - 1) % len(_COLOURS)])
    contours = []
    for header, points in _outlines(mask, headers):
        contour = dataset()
        contour.ContourImageSequence = sequence([_reference(dataset(), header)])
        contour.ContourGeometricType = "CLOSED_PLANAR"
        contour.NumberOfContourPoints = len(points)
        contour.ContourData = [_decimal(value) for value in points.ravel()]
        contours.append(contour)
    item.ContourSequence = sequence(contours)
    return item


def _outlines(
    mask: Mask, headers: Sequence[Header]
) -> Iterator[tuple[Header, NDArray[np.float64]]]:
    """Yield the slice and the LPS points of each outline."""
    start, stop = mask.bounding_box()
    for k in range(start[0], stop[0]):
        for outline in outlines_of(mask.array[k]):
            index = np.column_stack([np.full(len(outline), float(k)), outline])
            yield headers[k], mask.geometry.index_to_lps(index)


def _reference(item: Any, header: Header) -> Any:
    item.ReferencedSOPClassUID = header.sop_class
    item.ReferencedSOPInstanceUID = header.sop_instance
    return item


def _decimal(value: float) -> str:
    return f"{value:.6f}"[:_LONGEST_NUMBER]


def _pydicom_parts() -> tuple[Any, Any]:
    """Return pydicom's Sequence and Dataset."""
    return (
        import_module("pydicom.sequence").Sequence,
        import_module("pydicom.dataset").Dataset,
    )
