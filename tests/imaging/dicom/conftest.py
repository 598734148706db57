"""Tiny DICOM series, built to order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian

CLASS = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}
SeriesMaker = Callable[..., list[Path]]
Editor = Callable[[Path], "Edit"]


class Edit:
    """Opens a DICOM file, changes it and writes it back."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Dataset:
        self.data: Dataset = pydicom.dcmread(self.path)
        return self.data

    def __exit__(self, *_: object) -> None:
        save(self.data, self.path)


def save(data: Dataset, path: Path, **how: Any) -> None:
    how = how or {"enforce_file_format": True}
    data.save_as(path, **how)


def image(
    voxels: NDArray[Any],
    number: int,
    modality: str = "CT",
    position: tuple[float, float, float] = (0.0, 0.0, 0.0),
    series: str = "1.2.3.4",
) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = CLASS[modality]
    data.SOPInstanceUID = f"{series}.{number + 1}"
    data.file_meta.MediaStorageSOPClassUID = UID(CLASS[modality])
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.Modality = modality
    data.SeriesDescription = f"{modality} series"
    data.PatientID, data.PatientName = "P1", "Canary^Carla"
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3", series
    data.FrameOfReferenceUID = "1.2.9"
    data.ImagePositionPatient = [float(value) for value in position]
    data.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    data.PixelSpacing = [0.8, 0.6]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = voxels.shape
    data.BitsAllocated = data.BitsStored = 8 * voxels.dtype.itemsize
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(voxels.dtype.kind == "i")
    if modality != "MR":
        data.RescaleSlope, data.RescaleIntercept = 1, -1024 if modality == "CT" else 0
    data.PixelData = voxels.tobytes()
    return data


@pytest.fixture
def make_series(tmp_path: Path) -> SeriesMaker:
    """Return a maker of series: one file a slice, 3 mm apart, named 00.dcm and so on."""

    def make(
        n: int = 6,
        modality: str = "CT",
        *,
        folder: str = "series",
        depths: list[float] | None = None,
        change: Callable[[Dataset, int], None] | None = None,
        series: str = "1.2.3.4",
    ) -> list[Path]:
        rng = np.random.default_rng(3)
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        paths = []
        for i in range(n):
            z = 10.0 + (3.0 * i if depths is None else depths[i])
            voxels = rng.integers(0, 2000, (5, 4)).astype(np.int16)
            data = image(voxels, i, modality, (-20.0, 30.0, z), series)
            if change is not None:
                change(data, i)
            paths.append(tmp_path / folder / f"{i:02d}.dcm")
            save(data, paths[-1])
        return paths

    return make


@pytest.fixture
def edit() -> Editor:
    return Edit


def pet_values(data: Dataset) -> None:
    """Give a PET slice what an SUV needs: a factor of exactly 1000 W / D / 2^-(1h / 2h)."""
    data.Units, data.DecayCorrection = "BQML", "START"
    data.CorrectedImage = ["DECY", "ATTN"]
    data.Manufacturer = "Synthetic"
    data.SeriesDate = data.AcquisitionDate = "20200301"
    data.SeriesTime = data.AcquisitionTime = "110000"
    data.ActualFrameDuration, data.FrameReferenceTime = 300_000, 150_000.0
    data.PatientWeight, data.PatientSize, data.PatientSex = 80.0, 1.8, "M"
    injection = Dataset()
    injection.RadiopharmaceuticalStartDateTime = "20200301100000"
    injection.RadiopharmaceuticalStartTime = "100000"
    injection.RadionuclideTotalDose = 4.0e8
    injection.RadionuclideHalfLife = 7200.0
    data.RadiopharmaceuticalInformationSequence = DicomSequence([injection])


@pytest.fixture
def make_pet(make_series: SeriesMaker) -> SeriesMaker:
    """Return a maker of PET series, changed by ``change(data, i)`` before they are written."""

    def make(change: Callable[[Dataset, int], None] | None = None, n: int = 3) -> list[Path]:
        def prepare(data: Dataset, i: int) -> None:
            pet_values(data)
            data.PixelData = np.full((5, 4), 5000, dtype=np.int16).tobytes()
            if change is not None:
                change(data, i)

        return make_series(n, "PT", change=prepare)

    return make
