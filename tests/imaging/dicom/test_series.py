"""Whole series: geometry, order, rescaling and every repair and refusal."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import read_volume

SeriesMaker = Callable[..., list[Path]]


def refusal(path: Path, **how: Any) -> Finding:
    with pytest.raises(BadInputError) as caught:
        read_volume(path, **how)
    return caught.value.finding


def repairs(path: Path, **how: Any) -> tuple[Any, dict[str, Finding]]:
    findings: list[Finding] = []
    volume = read_volume(path, findings=findings, **how)
    return volume, {finding.code: finding for finding in findings}


def test_slices_are_sorted_along_the_normal_and_placed_exactly(make_series: SeriesMaker) -> None:
    def backwards(data: Dataset, i: int) -> None:
        data.ImagePositionPatient[2] = 10.0 + 3.0 * (5 - i)
        data.PixelData = np.full((5, 4), i, dtype=np.int16).tobytes()

    paths = make_series(6, change=backwards)
    volume = read_volume(paths[0].parent)
    assert volume.unit == "HU"
    assert volume.array[:, 0, 0].tolist() == [-1019, -1020, -1021, -1022, -1023, -1024]
    assert volume.array.dtype == np.int16
    assert volume.geometry.spacing_mm == (3.0, 0.8, 0.6)
    np.testing.assert_allclose(volume.geometry.index_to_lps((5, 4, 3)), (-18.2, 33.2, 25.0))
    assert volume.geometry.frame_of_reference == "1.2.9"


def test_a_single_file_stands_for_its_series(make_series: SeriesMaker) -> None:
    paths = make_series()
    assert read_volume(paths[2]) == read_volume(paths[0].parent)


def test_each_slice_is_rescaled_with_its_own_slope(make_series: SeriesMaker) -> None:
    def scale(data: Dataset, i: int) -> None:
        data.RescaleSlope, data.RescaleIntercept = 0.5 * (i + 1), float(i)
        data.PixelData = np.full((5, 4), 10, dtype=np.int16).tobytes()

    volume = read_volume(make_series(3, "MR", change=scale)[0].parent)
    assert volume.array[:, 0, 0].tolist() == [5.0, 11.0, 17.0]


def test_unsigned_12_bit_values_keep_their_range(make_series: SeriesMaker) -> None:
    def unsigned(data: Dataset, i: int) -> None:
        data.PixelRepresentation, data.BitsStored, data.HighBit = 0, 12, 11
        data.PixelData = np.full((5, 4), 4095, dtype=np.uint16).tobytes()

    assert read_volume(make_series(2, change=unsigned)[0].parent).array.max() == 4095 - 1024


def test_row_01_a_missing_slice_is_refused_or_filled(make_series: SeriesMaker) -> None:
    def ramp(data: Dataset, i: int) -> None:
        z = (0, 1, 2, 4, 5)[i]
        data.PixelData = np.full((5, 4), 1024 + 10 * z, dtype=np.int16).tobytes()

    folder = make_series(5, depths=[0, 3, 6, 12, 15], change=ramp)[0].parent
    finding = refusal(folder)
    assert finding.code == "DCM-01"
    assert "02.dcm (16.00 mm) and 03.dcm (22.00 mm): 1 slices missing" in finding.found
    assert "max_gap_slices: 1" in finding.fix
    volume, found = repairs(folder, max_gap_slices=1)
    assert volume.array[:, 0, 0].tolist() == [0, 10, 20, 30, 40, 50]
    assert volume.geometry.spacing_mm[0] == 3.0
    assert "16.00 mm" in found["DCM-01"].found


def test_row_01_a_gap_in_three_slices_is_a_gap(make_series: SeriesMaker) -> None:
    finding = refusal(make_series(3, depths=[0, 3, 9])[0].parent)
    assert finding.code == "DCM-01"
    assert finding.expected == "a slice each 3 mm"


def test_row_02_a_single_slice_is_no_volume(make_series: SeriesMaker) -> None:
    assert refusal(make_series(1)[0].parent).code == "DCM-02"


def test_row_03_changing_spacing_is_interpolated_from_true_positions(
    make_series: SeriesMaker,
) -> None:
    depths = [0.0, 3.0, 6.0, 9.0, 14.0, 19.0]

    def ramp(data: Dataset, i: int) -> None:
        data.PixelData = np.full((5, 4), 1024 + 10 * depths[i], dtype=np.int16).tobytes()

    folder = make_series(6, depths=depths, change=ramp)[0].parent
    volume, found = repairs(folder)
    np.testing.assert_allclose(volume.array[:, 0, 0], np.arange(0, 19.1, 3) * 10, rtol=1e-6)
    assert "3 to 5 mm" in found["DCM-03"].found


def test_row_03_a_jump_of_more_than_two_is_refused(make_series: SeriesMaker) -> None:
    finding = refusal(make_series(5, depths=[0, 3, 6, 13.5, 16.5])[0].parent)
    assert finding.code == "DCM-03"
    assert "7.5 mm apart in a series of 3 mm" in finding.found


def tilted(degrees: float) -> Callable[[Dataset, int], None]:
    def change(data: Dataset, i: int) -> None:
        y = 30.0 + 3.0 * i * math.tan(math.radians(degrees))
        data.ImagePositionPatient[1] = y
        rows = y + 0.8 * np.arange(5)
        data.PixelData = np.repeat((1024 + 10 * rows)[:, None], 4, 1).astype(np.int16).tobytes()

    return change


def test_row_04_gantry_tilt_is_sheared_back(make_series: SeriesMaker) -> None:
    volume, found = repairs(make_series(4, change=tilted(10.0))[0].parent)
    assert "10.00 degrees" in found["DCM-04"].found
    points = volume.geometry.index_to_lps(np.moveaxis(np.indices(volume.geometry.shape), 0, -1))
    first_row = 30.0 + (points[..., 2] - 10.0) * math.tan(math.radians(10.0))
    inside = np.abs(points[..., 1] - first_row - 1.6) <= 1.6 + 1e-9
    assert inside.sum() >= 4 * 4 * 4
    np.testing.assert_allclose(volume.array[inside], 10 * points[inside][:, 1], atol=1.0)
    np.testing.assert_allclose(volume.geometry.direction[:, 0], (0, 0, 1), atol=1e-12)


def test_row_04_too_much_tilt_is_refused(make_series: SeriesMaker) -> None:
    finding = refusal(make_series(4, change=tilted(35.0))[0].parent)
    assert finding.code == "DCM-04"
    assert "35.0 degrees" in finding.found


def test_row_05_identical_duplicates_are_dropped(make_series: SeriesMaker) -> None:
    paths = make_series()
    once = read_volume(paths[0].parent)
    shutil.copy(paths[2], paths[0].parent / "copy.dcm")
    volume, found = repairs(paths[0].parent)
    assert volume == once
    assert found["DCM-05"].found.startswith("1 slices")


def test_row_05_two_phases_are_refused(make_series: SeriesMaker) -> None:
    make_series(3)
    other = make_series(3, folder="series/b", change=lambda d, i: d.update({}))
    for i, path in enumerate(other):
        data = pydicom.dcmread(path)
        data.SOPInstanceUID = f"1.2.3.4.9{i}"
        data.PixelData = np.full((5, 4), i, dtype=np.int16).tobytes()
        data.save_as(path)
    finding = refusal(other[0].parent.parent)
    assert finding.code == "DCM-05"
    assert finding.found.count("00.dcm") == 2


def test_row_06_one_uid_with_two_contents_is_refused(make_series: SeriesMaker) -> None:
    def same(data: Dataset, i: int) -> None:
        data.SOPInstanceUID = "1.2.3.4.1"

    finding = refusal(make_series(3, change=same)[0].parent)
    assert finding.code == "DCM-06"
    assert "00.dcm and 01.dcm" in finding.found


def test_row_07_several_series_are_shown_and_one_can_be_chosen(make_series: SeriesMaker) -> None:
    folder = make_series(3)[0].parent
    make_series(4, "MR", folder="series/mr", series="1.2.3.5")
    finding = refusal(folder)
    assert finding.code == "DCM-07"
    assert "1.2.3.4 (CT, 3 files" in finding.found
    assert "1.2.3.5 (MR, 4 files" in finding.found
    assert "series: 1.2.3.4" in finding.fix
    assert read_volume(folder, series="MR").array.shape[0] == 4
    assert read_volume(folder, series="1.2.3.4").unit == "HU"
    assert refusal(folder, series="PT").code == "DCM-07"


def test_row_08_other_objects_are_skipped_and_counted(make_series: SeriesMaker) -> None:
    def strange(data: Dataset, i: int) -> None:
        if i == 0:
            data.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        if i == 1:
            data.SOPClassUID, data.Modality = "1.2.840.10008.5.1.4.1.1.88.33", "SR"

    folder = make_series(6, change=strange)[0].parent
    (folder / "notes.txt").write_text("no DICOM")
    volume, found = repairs(folder)
    assert volume.array.shape[0] == 4
    assert found["DCM-08"].found.endswith("1 SR, 1 localizer")


def test_row_09_two_patients_or_studies_are_never_mixed(make_series: SeriesMaker) -> None:
    def patient(data: Dataset, i: int) -> None:
        data.PatientID = f"Canary-{i // 3}"

    finding = refusal(make_series(6, change=patient)[0].parent)
    assert finding.code == "DCM-09"
    assert "2 patients" in finding.found
    assert "Canary" not in finding.line()

    def study(data: Dataset, i: int) -> None:
        data.StudyInstanceUID = f"1.2.3.{i // 3}"

    assert "2 studies" in refusal(make_series(6, change=study)[0].parent).found


@pytest.mark.parametrize(
    ("keyword", "value", "text"),
    [
        ("PixelSpacing", [0.9, 0.6], "pixel spacing of (0.9, 0.6)"),
        ("ImageOrientationPatient", [0.0, 1.0, 0.0, 1.0, 0.0, 0.0], "orientation (0.0, 1.0"),
        ("Columns", 2, "5 x 2 voxels"),
    ],
)
def test_row_10_a_changing_grid_is_refused_naming_the_first_file(
    make_series: SeriesMaker, keyword: str, value: Any, text: str
) -> None:
    def change(data: Dataset, i: int) -> None:
        if i >= 4:
            setattr(data, keyword, value)

    finding = refusal(make_series(6, change=change)[0].parent)
    assert finding.code == "DCM-10"
    assert finding.file.endswith("04.dcm")
    assert text in finding.found


def test_row_10_a_slice_out_of_line_is_refused(make_series: SeriesMaker) -> None:
    def change(data: Dataset, i: int) -> None:
        data.ImagePositionPatient[0] = -20.0 + (2.0 if i == 3 else 0.0)

    finding = refusal(make_series(6, change=change)[0].parent)
    assert (finding.code, Path(finding.file).name) == ("DCM-10", "03.dcm")
    assert "shifted by 2 mm" in finding.found


def test_row_21_missing_rescaling_is_refused(make_series: SeriesMaker) -> None:
    def change(data: Dataset, i: int) -> None:
        del data.RescaleSlope

    finding = refusal(make_series(change=change)[0].parent)
    assert finding.code == "DCM-21"
    assert "(0028,1053) None" in finding.found


def test_row_21_padding_becomes_air_and_is_counted(make_series: SeriesMaker) -> None:
    def change(data: Dataset, i: int) -> None:
        voxels = np.full((5, 4), 1024, dtype=np.int16)
        voxels[0] = -2000
        data.PixelPaddingValue = -2000
        data.PixelData = voxels.tobytes()

    volume, found = repairs(make_series(3, change=change)[0].parent)
    assert (volume.array[:, 0] == -1000).all()
    assert (volume.array[:, 1:] == 0).all()
    assert found["DCM-21"].found.startswith("12 voxels of padding")


def test_a_unit_that_the_modality_does_not_have_is_refused(make_series: SeriesMaker) -> None:
    folder = make_series(3)[0].parent
    assert refusal(folder, unit="SUVbw").code == "DCM-23"
    assert read_volume(folder, unit="arbitrary").unit == "arbitrary"


def test_an_empty_folder_has_no_image(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "IMG-02"
