"""Rows 1 to 14, 20, 21: series of slices as scanners and archives export them."""

from __future__ import annotations

import math
import shutil
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless
from tests.bad_inputs.conftest import SPACING_MM, SPOILED, Export, the, write_series
from tests.imaging.dicom.conftest import Edit


def at(depth_mm: list[float]) -> Any:
    def move(data: Dataset, i: int) -> None:
        data.ImagePositionPatient[2] = 10.0 + depth_mm[i]

    return move


def test_row_01_a_missing_slice(ct: Export) -> None:
    ct.slices()[5].unlink()
    the(
        ct.check(),
        "DCM-01",
        "excluded",
        found="gap between 04.dcm (22.00 mm) and 06.dcm (28.00 mm): 1 slices missing",
        fix="export the series again, or allow the gap: max_gap_slices: 1",
        file=f"images/{SPOILED}/04.dcm",
    )


def test_row_01_a_gap_that_the_study_allows_is_filled(ct: Export) -> None:
    ct.slices()[5].unlink()
    scan = {"path": "images/{id}", "mask": "masks/{id}.nii.gz", "unit": "HU"}
    ct.declare(cohort={"images": {"scan": {**scan, "max_gap_slices": 1}}})
    the(
        ct.check(),
        "DCM-01",
        "repaired",
        found="1 missing slices after 22.00 mm",
        fix="interpolated from the true positions",
        file=SPOILED,
    )


def test_row_02_a_missing_end_slice(ct: Export) -> None:
    for path in ct.slices()[:2]:
        path.unlink()
    the(
        ct.check(),
        "MSK-09",
        "repaired",
        found="the mask was drawn on 10 x 24 x 24 voxels",
        fix="draw the mask on the image itself",
        file=SPOILED,
    )


def test_row_02_a_tumour_cut_off_by_the_end_of_the_scan(ct: Export) -> None:
    for path in ct.slices()[:4]:
        path.unlink()
    the(
        ct.check(),
        "MSK-08",
        "excluded",
        found="of the mask within the image",
        fix="draw or export the mask on this image",
        file=SPOILED,
    )


def test_row_03_spacing_that_changes(ct: Export) -> None:
    ct.edit(at([0, 3, 6, 9, 12, 15, 20, 25, 30, 35]))
    quality = ct.check()
    the(
        quality,
        "DCM-03",
        "repaired",
        found="slices 3 to 5 mm apart",
        fix="interpolated from the true positions at 3 mm",
        file=SPOILED,
    )
    assert quality.flow["repaired"] == 1


def test_row_03_spacing_that_jumps(ct: Export) -> None:
    ct.edit(at([0, 3, 6, 9, 12, 19.5, 22.5, 25.5, 28.5, 31.5]))
    the(
        ct.check(),
        "DCM-03",
        "excluded",
        found="04.dcm and 05.dcm lie 7.5 mm apart in a series of 3 mm",
        fix="separate the two acquisitions",
        file="04.dcm",
    )


def tilted(degrees: float) -> Any:
    def move(data: Dataset, i: int) -> None:
        data.ImagePositionPatient[1] += SPACING_MM[0] * i * math.tan(math.radians(degrees))

    return move


def test_row_04_gantry_tilt(ct: Export) -> None:
    ct.edit(tilted(8.0))
    the(
        ct.check(),
        "DCM-04",
        "repaired",
        found="slices tilted by 8.00 degrees",
        fix="each slice was shifted to its place",
        file=SPOILED,
    )


def test_row_04_too_much_tilt(ct: Export) -> None:
    ct.edit(tilted(35.0))
    the(
        ct.check(),
        "DCM-04",
        "excluded",
        found="35.0 degrees",
        fix="reconstruct the series without gantry tilt",
        file="00.dcm",
    )


def test_row_05_a_slice_exported_twice(ct: Export) -> None:
    shutil.copy(ct.slices()[3], ct.image() / "copy.dcm")
    the(ct.check(), "DCM-05", "repaired", found="1 slices", fix="nothing to do", file=SPOILED)


def test_row_05_two_phases_at_one_place(ct: Export) -> None:
    for i, path in enumerate(ct.slices()):
        data = pydicom.dcmread(path)
        data.SOPInstanceUID = f"1.2.3.99.{i}"
        data.PixelData = (np.frombuffer(data.PixelData, dtype=np.int16) + 30).tobytes()
        data.save_as(path.with_name(f"late_{i:02d}.dcm"))
    finding = the(ct.check(), "DCM-05", "excluded", found="00.dcm", fix="", file=SPOILED)
    assert "late_00.dcm" in finding.found


def test_row_06_one_uid_with_two_contents(ct: Export) -> None:
    def same(data: Dataset, i: int) -> None:
        data.SOPInstanceUID = "1.2.3.1.1"

    ct.edit(same)
    the(ct.check(), "DCM-06", "excluded", found="00.dcm and 01.dcm", fix="remove", file=SPOILED)


def test_row_07_two_series_ask_which_one(ct: Export) -> None:
    write_series(ct.image() / "second", 77, "MR")
    for path in (ct.image() / "second").glob("*.dcm"):
        with Edit(path) as data:
            data.PatientID = pydicom.dcmread(ct.slices()[0]).PatientID
    finding = the(
        ct.check(),
        "DCM-07",
        "ask",
        found="2 series: 1.2.3.1 (CT, 10 files, 'CT series'); 1.2.3.77 (MR, 10 files",
        fix="series: 1.2.3.1",
        file=SPOILED,
    )
    assert finding.fix.endswith("in the study file under cohort: images: scan")
    assert [one.code for one in ct.refused()] == ["DCM-07"]
    scan = {"path": "images/{id}", "mask": "masks/{id}.nii.gz", "unit": "HU"}
    ct.declare(cohort={"images": {"scan": {**scan, "series": "CT"}}})
    assert ct.check().findings == ()


def test_row_08_other_objects_in_the_folder(ct: Export) -> None:
    def localizer(data: Dataset, i: int) -> None:
        if i == 9:
            data.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    ct.edit(localizer)
    (ct.image() / "README.txt").write_text("no DICOM", encoding="utf-8")
    (finding,) = [f for f in ct.check().findings if f.code == "DCM-08"]
    assert finding.consequence == "repaired"
    assert finding.found.endswith("1 objects that are no slices of an image: 1 localizer")


def test_row_09_two_patients_in_one_folder(ct: Export) -> None:
    def other(data: Dataset, i: int) -> None:
        data.PatientID = f"Canary-{i // 5}"

    ct.edit(other)
    finding = the(
        ct.check(),
        "DCM-09",
        "excluded",
        found="images of 2 patients, by Patient ID (0010,0020)",
        fix="separate them into folders",
        file=SPOILED,
    )
    assert "Canary" not in finding.line()


def test_row_10_a_grid_that_changes(ct: Export) -> None:
    def wider(data: Dataset, i: int) -> None:
        if i >= 6:
            data.PixelSpacing = [0.9, 0.6]

    ct.edit(wider)
    the(
        ct.check(),
        "DCM-10",
        "excluded",
        found="a pixel spacing of (0.9, 0.6) mm",
        fix="separate the two acquisitions",
        file="06.dcm",
    )


def test_row_11_compressed_slices_are_read(ct: Export) -> None:
    for path in ct.slices():
        with Edit(path) as data:
            data.compress(RLELossless)
    assert ct.check().findings == ()


def test_row_11_a_compression_that_is_not_known(ct: Export) -> None:
    for path in ct.slices():
        raw, old = path.read_bytes(), b"UI\x14\x001.2.840.10008.1.2.1\0"
        assert old in raw
        path.write_bytes(raw.replace(old, b"UI\x14\x001.2.840.10008.9.9.9\0"))
    finding = the(
        ct.check(),
        "DCM-11",
        "excluded",
        found="1.2.840.10008.9.9.9",
        fix="pip install",
        file="00.dcm",
    )
    assert finding.expected


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, ImplicitVRLittleEndian])
def test_row_12_every_byte_order_is_read(ct: Export, syntax: Any) -> None:
    for path in ct.slices():
        data = pydicom.dcmread(path)
        if syntax == ExplicitVRBigEndian:
            values = np.frombuffer(data.PixelData, dtype="<i2")
            data.PixelData = values.astype(">i2").tobytes()
        data.file_meta.TransferSyntaxUID = syntax
        again = Dataset(data)
        again.file_meta = data.file_meta
        again.save_as(
            path,
            implicit_vr=syntax == ImplicitVRLittleEndian,
            little_endian=syntax != ExplicitVRBigEndian,
            enforce_file_format=True,
        )
    assert ct.check().findings == ()


def test_row_13_a_slice_without_the_prefix(ct: Export) -> None:
    path = ct.slices()[2]
    path.write_bytes(path.read_bytes()[132:])
    the(
        ct.check(),
        "DCM-13",
        "excluded",
        found="without the DICOM prefix",
        fix="export",
        file="02.dcm",
    )


def test_row_14_truncated_voxels(ct: Export) -> None:
    path = ct.slices()[2]
    path.write_bytes(path.read_bytes()[:-62])
    finding = the(
        ct.check(),
        "DCM-14",
        "excluded",
        found="1,090 bytes of pixel data",
        fix="copy or export the file again",
        file="02.dcm",
    )
    assert finding.expected == "1,152 bytes, as the header declares"


def test_row_20_an_enhanced_image_that_is_not_read(pet: Export) -> None:
    for path in pet.slices()[1:]:
        path.unlink()

    def enhanced(data: Dataset, i: int) -> None:
        kind = UID("1.2.840.10008.5.1.4.1.1.130")
        data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = kind
        data.NumberOfFrames = 1

    pet.edit(enhanced)
    the(pet.check(), "DCM-20", "excluded", found="enhanced PT", fix="dcm2niix", file=SPOILED)


def test_row_21_no_rescale_slope(ct: Export) -> None:
    def without(data: Dataset, i: int) -> None:
        del data.RescaleSlope

    ct.edit(without)
    the(
        ct.check(),
        "DCM-21",
        "excluded",
        found="Rescale Slope (0028,1053) None",
        fix="export the series again",
        file=".dcm",
    )


def test_row_21_padding_outside_the_field_of_view(ct: Export) -> None:
    def padded(data: Dataset, i: int) -> None:
        values = np.frombuffer(data.PixelData, dtype=np.int16).copy()
        values[:24] = -2000
        data.add_new("PixelPaddingValue", "SS", -2000)
        data.PixelData = values.tobytes()

    ct.edit(padded)
    the(
        ct.check(),
        "DCM-21",
        "repaired",
        found="240 voxels of padding",
        fix="they were set to -1000",
        file=SPOILED,
    )
