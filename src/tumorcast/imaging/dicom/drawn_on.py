"""What a new RTSTRUCT or SEG takes over from the series on which it was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tumorcast.imaging.dicom.duplicates import without_duplicates
from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.folder import series_in
from tumorcast.imaging.dicom.header import Header
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.dicom.reference import series_geometry
from tumorcast.imaging.dicom.structures import parsing
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.matching import match_to_image

PATIENT_AND_STUDY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate",
    "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
"""An archive files the new object with its image by these; they go nowhere else."""


def ordered_slices(series: Path | DicomSeries) -> tuple[Header, ...]:
    """Return the slices of an evenly spaced series that is not tilted, in the order of its array.

    Raises
    ------
    BadInputError
        ``DCM-24`` the volume is interpolated from the slices, so that none of them shows a slice of
        the mask; and as `tumorcast.imaging.dicom.series.read_series`.
    """
    headers = (
        series.headers()
        if isinstance(series, DicomSeries)
        else series_in(Path(series), None, findings=None)
    )
    stack = without_duplicates(headers, None) if not headers[0].is_multi_frame else None
    if stack is None or not stack.is_even or stack.is_tilted:
        raise fault(
            "DCM-24",
            "a series whose volume is not made of its slices as they are",
            "evenly spaced single slices without tilt",
            "write the mask as NIfTI, or resample the image first",
            headers[0].path,
        )
    return stack.headers


def on_slices(masks: Sequence[Mask], headers: Sequence[Header]) -> list[Mask]:
    """Return the masks on the grid of the slices; raises as `match_to_image`."""
    geometry = series_geometry(headers)
    return [match_to_image(mask, geometry)[0] for mask in masks]


def dataset_without_voxels(path: str) -> Any:
    """Return a slice's header, with every element of `PATIENT_AND_STUDY`, empty if absent."""
    pydicom: Any = import_module("pydicom")
    with parsing(Path(path)):
        data = pydicom.dcmread(path, stop_before_pixels=True)
        for name in PATIENT_AND_STUDY:
            if name not in data:
                setattr(data, name, "")
        return data
