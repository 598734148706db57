"""Fixtures that every package's tests share."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from tumorcast.imaging import Geometry, Mask, Volume, write_mask, write_volume

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
IMAGE_CLASS = {"CT": "1.2.840.10008.5.1.4.1.1.2", "PT": "1.2.840.10008.5.1.4.1.1.128"}
RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
SLICES, SIDE = 10, 24
SPACING_MM = (3.0, 2.0, 2.0)
Box = tuple[slice, slice, slice]
BOXES: tuple[Box, Box] = (
    (slice(3, 7), slice(8, 15), slice(8, 15)),
    (slice(2, 5), slice(16, 20), slice(4, 9)),
)
"""Where the first and the second lesion lie, as (z, y, x)."""


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of research data beside the repository; skip where there is none."""
    if not REAL_DATA.is_dir():
        pytest.skip("the research data do not lie beside this repository (../shared/data)")
    return REAL_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests last, so that a mistake shows early."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


def made_voxels(seed: int, unit: str = "HU") -> NDArray[np.int16]:
    """Return a body with two lesions in air, of which each seed is another patient's."""
    rng = np.random.default_rng(seed)
    body = np.zeros((SLICES, SIDE, SIDE), bool)
    body[:, 2:-2, 2:-2] = True
    values = np.where(body, 40.0, -1000.0) if unit == "HU" else np.where(body, 1.0, 0.0)
    for box in BOXES:
        values[box] += 30 if unit == "HU" else 8
    noise = rng.normal(0, 8 if unit == "HU" else 0.5, values.shape)
    values = np.where(body, np.maximum(values + noise, -1000 if unit == "HU" else 0), values)
    return np.asarray(np.rint(values), dtype=np.int16)


class DicomFolder:
    """Writes small patients into a tree of DICOM files.

    Parameters
    ----------
    root
        Where the files go, numbered without regard to patient or series as an archive does.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.count = 0
        self.patients: dict[str, int] = {}

    def image(
        self, patient: str, modality: str = "CT", *, number: int = 1, **tags: Any
    ) -> tuple[str, list[Path]]:
        """Write a series and return its UID and its files."""
        uid = f"1.2.{zlib.crc32(patient.encode())}.{number}{len(modality)}{ord(modality[0])}"
        voxels = made_voxels(zlib.crc32(uid.encode()), "HU" if modality == "CT" else "SUVbw")
        paths = []
        for z, plane in enumerate(voxels):
            data = self._object(patient, modality, IMAGE_CLASS[modality], f"{uid}.{z}", **tags)
            data.SeriesInstanceUID = uid
            data.ImageType = tags.get("ImageType", ["ORIGINAL", "PRIMARY", "AXIAL"])
            data.ImagePositionPatient = [-20.0, 30.0, SPACING_MM[0] * z]
            data.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
            data.PixelSpacing = [SPACING_MM[1], SPACING_MM[2]]
            data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
            data.Rows = data.Columns = SIDE
            data.BitsAllocated = data.BitsStored = 16
            data.HighBit, data.PixelRepresentation = 15, 1
            data.RescaleSlope, data.RescaleIntercept = 1, 0
            if modality == "PT":
                data.Units, data.Manufacturer = "GML", "Synthetic"
                data.CorrectedImage, data.DecayCorrection = ["DECY", "ATTN"], "START"
            data.PixelData = plane.tobytes()
            paths.append(self._saved(data))
        return uid, paths

    def rtstruct(
        self, patient: str, drawn_on: str, names: tuple[str, ...], *, frame: str = "", **tags: Any
    ) -> Path:
        """Write a structure set with the first, the second, the first... lesion by these names."""
        uid = f"{drawn_on}.7.{self.count}"
        data = self._object(patient, "RTSTRUCT", RTSTRUCT_CLASS, uid, **tags)
        data.SeriesInstanceUID = uid
        frame = frame or str(data.FrameOfReferenceUID)
        series, study, space = Dataset(), Dataset(), Dataset()
        series.SeriesInstanceUID = drawn_on
        study.RTReferencedSeriesSequence = DicomSequence([series])
        space.FrameOfReferenceUID = frame
        space.RTReferencedStudySequence = DicomSequence([study])
        data.ReferencedFrameOfReferenceSequence = DicomSequence([space])
        rois, contours = [], []
        for number, name in enumerate(names, start=1):
            roi, item = Dataset(), Dataset()
            roi.ROINumber, roi.ROIName = number, name
            roi.ReferencedFrameOfReferenceUID = frame
            item.ReferencedROINumber = number
            box = self._moved(patient, BOXES[(number - 1) % len(BOXES)])
            item.ContourSequence = DicomSequence(_contours(box))
            rois.append(roi)
            contours.append(item)
        data.StructureSetROISequence = DicomSequence(rois)
        data.ROIContourSequence = DicomSequence(contours)
        return self._saved(data)

    def _moved(self, patient: str, box: Box) -> Box:
        """Return a lesion's place, another one for each of twelve patients."""
        number = self.patients.setdefault(patient, len(self.patients))
        y, x = number // 4 % 3, number % 4
        return (
            box[0],
            slice(box[1].start + y, box[1].stop + y),
            slice(box[2].start + x, box[2].stop + x),
        )

    def _object(
        self, patient: str, modality: str, sop_class: str, sop_instance: str, **tags: Any
    ) -> Dataset:
        data = Dataset()
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = UID(sop_class)
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = UID(sop_instance)
        data.Modality, data.PatientID, data.SeriesDescription = modality, patient, modality
        number = zlib.crc32(patient.encode())
        data.StudyInstanceUID, data.FrameOfReferenceUID = f"1.2.{number}", f"1.2.{number}.9"
        for name, value in tags.items():
            setattr(data, name, value)
        return data

    def _saved(self, data: Dataset) -> Path:
        self.count += 1
        path = self.root / "00" / f"IM{self.count:05d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        data.save_as(path, enforce_file_format=True)
        return path


def _contours(box: Box) -> list[Dataset]:
    z_range, y_range, x_range = box
    found = []
    for z in range(z_range.start, z_range.stop):
        corners = [
            (x * SPACING_MM[2] - 20, y * SPACING_MM[1] + 30, z * SPACING_MM[0])
            for y, x in (
                (y_range.start - 0.4, x_range.start - 0.4),
                (y_range.start - 0.4, x_range.stop - 0.6),
                (y_range.stop - 0.6, x_range.stop - 0.6),
                (y_range.stop - 0.6, x_range.start - 0.4),
            )
        ]
        contour = Dataset()
        contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", 4
        contour.ContourData = [f"{value:.3f}" for corner in corners for value in corner]
        found.append(contour)
    return found


@pytest.fixture
def dicom_folder(tmp_path: Path) -> DicomFolder:
    """Return a writer of patients into ``tmp_path/dicom``."""
    return DicomFolder(tmp_path / "dicom")


@pytest.fixture
def write_case() -> Callable[..., None]:
    """Return a writer of one image, or of a label image with the lesions of these labels.

    The seed makes each image another patient's, and moves the lesions.
    """

    def write(path: Path, *, unit: str = "", labels: tuple[int, ...] = (), seed: int = 0) -> None:
        geometry = Geometry.of_spacing((SLICES, SIDE, SIDE), SPACING_MM)
        if unit:
            write_volume(Volume(made_voxels(seed, unit), geometry), path)
            return
        values = np.zeros((SLICES, SIDE, SIDE), dtype=np.int16)
        for label, box in zip(labels, BOXES, strict=False):
            values[box] = label
        values = np.roll(values, (seed // 4 % 3, seed % 4), axis=(1, 2))
        if labels:
            write_volume(Volume(values, geometry), path)
        else:
            write_mask(Mask(values > 0, geometry), path)

    return write
