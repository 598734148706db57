"""Masks written as RTSTRUCT and SEG come back, here and in other programs."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, read_mask, read_volume
from tumorcast.imaging.dicom import write_rtstruct, write_seg
from tumorcast.imaging.dicom.fill import filled
from tumorcast.imaging.dicom.outlines import outlines_of

SeriesMaker = Callable[..., list[Path]]
Writer = Callable[..., None]
ROWS, COLUMNS, SLICES = 30, 40, 8
AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
HALF, TILT = math.sqrt(0.5), math.cos(math.radians(20))
OBLIQUE = (
    (TILT, math.sin(math.radians(20)), 0.0),
    (-math.sin(math.radians(20)) * HALF, TILT * HALF, HALF),
)


@pytest.fixture(params=[AXIAL, OBLIQUE], ids=["axial", "oblique"])
def folder(make_series: SeriesMaker, request: pytest.FixtureRequest) -> Path:
    """Return a CT with pixels of 0.8 x 0.6 mm, axial or turned about two axes."""
    row, column = (np.array(axis) for axis in request.param)
    normal = np.cross(row, column)

    def place(data: Dataset, i: int) -> None:
        data.Rows, data.Columns = ROWS, COLUMNS
        data.PixelData = np.full((ROWS, COLUMNS), 1024, dtype=np.int16).tobytes()
        data.ImageOrientationPatient = [f"{v:.12g}" for v in (*row, *column)]
        data.ImagePositionPatient = [f"{v:.10g}" for v in np.array([-20, 30, 10]) + 3 * i * normal]
        data.PatientBirthDate, data.AccessionNumber = "19500101", "ACC1"

    return make_series(SLICES, folder="case/ct", change=place)[0].parent


@pytest.fixture
def masks(folder: Path) -> list[Mask]:
    """Return a ball with a hole, an island in it and a single voxel; and a box that overlaps."""
    geometry = read_volume(folder).geometry
    z, y, x = np.indices(geometry.shape)
    near = ((y - 14) / 9) ** 2 + ((x - 18) / 10) ** 2
    ball = (((z - 4) / 2.5) ** 2 + near <= 1) & ~((near <= 0.3) & (near > 0.05))
    ball[5, 27, 35] = True
    other = (z >= 2) & (z < 6) & (y > 10) & (y < 20) & (x > 25) & (x < 30)
    return [Mask(ball, geometry, "GTVp"), Mask(other, geometry, "GTVn")]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("write", [write_rtstruct, write_seg])
def test_holes_islands_and_several_regions_come_back_exactly(
    folder: Path, masks: list[Mask], write: Writer, tmp_path: Path
) -> None:
    path = tmp_path / "case" / "drawn" / "new.dcm"
    write(masks, path, folder)
    for mask in masks:
        back = read_mask(path, mask.name, geometry=mask.geometry)
        assert np.array_equal(back.array, mask.array)
        assert back.name == mask.name
    written, image = pydicom.dcmread(path), pydicom.dcmread(next(folder.iterdir()))
    for name in ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID", "AccessionNumber"):
        assert written[name].value == image[name].value


def test_a_structure_set_finds_its_image_by_itself(
    folder: Path, masks: list[Mask], tmp_path: Path
) -> None:
    path = tmp_path / "case" / "rs.dcm"
    write_rtstruct(masks[0], path, folder)
    assert read_mask(path) == masks[0]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(arrays(bool, (7, 9)), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_any_plane_comes_back_even_from_inexact_coordinates(
    plane: NDArray[np.bool_], row: float, column: float
) -> None:
    outlines = [outline + np.array([row, column]) for outline in outlines_of(plane)]
    assert np.array_equal(filled(outlines, (7, 9)), plane)


def test_the_outline_of_a_box_has_corners_only() -> None:
    plane = np.zeros((6, 8), dtype=bool)
    plane[1:5, 2:7] = True
    (outline,) = outlines_of(plane)
    assert len(outline) == 8
    assert {tuple(point) for point in outline.round(9).tolist()} >= {
        (0.51, 2.0),
        (0.51, 6.0),
        (4.49, 2.0),
    }


def test_a_mask_of_another_space_or_an_empty_one_is_refused(
    folder: Path, masks: list[Mask], tmp_path: Path
) -> None:
    far = Geometry.of_spacing(masks[0].geometry.shape, (3.0, 0.8, 0.6), (900.0, 0.0, 0.0))
    for mask, code in [
        (Mask(masks[0].array, far), "MSK-08"),
        (Mask(np.zeros_like(masks[0].array), masks[0].geometry), "MSK-02"),
    ]:
        with pytest.raises(BadInputError) as caught:
            write_rtstruct(mask, tmp_path / "x.dcm", folder)
        assert caught.value.finding.code == code
        assert not (tmp_path / "x.dcm").exists()


def test_a_series_that_is_interpolated_is_refused(make_series: SeriesMaker, tmp_path: Path) -> None:
    folder = make_series(4, depths=[0.0, 3.0, 7.0, 10.0])[0].parent
    volume = read_volume(folder)
    mask = Mask(np.ones(volume.geometry.shape, dtype=bool), volume.geometry)
    with pytest.raises(BadInputError) as caught:
        write_rtstruct(mask, tmp_path / "x.dcm", folder)
    assert caught.value.finding.code == "DCM-24"


def test_segmentations_without_highdicom_are_refused_with_its_line(
    folder: Path, masks: list[Mask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys  # noqa: PLC0415

    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(BadInputError) as caught:
        write_seg(masks, tmp_path / "x.dcm", folder)
    assert caught.value.finding.code == "SEG-02"
    assert "pip install 'tumorcast[dicom]'" in caught.value.finding.fix


@pytest.mark.filterwarnings("ignore")
def test_highdicom_reads_the_segmentation_alike(
    folder: Path, masks: list[Mask], tmp_path: Path
) -> None:
    seg: Any = pytest.importorskip("highdicom.seg")
    write_seg(masks, tmp_path / "seg.dcm", folder)
    found = seg.segread(tmp_path / "seg.dcm")
    uids = [pydicom.dcmread(path).SOPInstanceUID for path in sorted(folder.iterdir())]
    planes = found.get_pixels_by_source_instance(
        uids, combine_segments=False, assert_missing_frames_are_empty=True
    )
    for k, mask in enumerate(masks):
        assert np.array_equal(planes[..., k] > 0, mask.array)


def test_outlines_rounded_to_whole_voxels_give_the_mask_as_well() -> None:
    y, x = np.indices((40, 40))
    plane = ((y - 18) / 11.3) ** 2 + ((x - 20) / 14.2) ** 2 <= 1
    rounded = [np.rint(outline) for outline in outlines_of(plane)]
    assert np.array_equal(filled(rounded, (40, 40)), plane)


@pytest.mark.parametrize("write", [write_rtstruct, write_seg])
def test_flaws_of_a_header_are_not_quoted_while_it_is_copied(
    write: Writer, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    geometry = read_volume(folder).geometry
    box = np.zeros(geometry.shape, dtype=bool)
    box[2:5, 10:20, 10:20] = True
    for path in folder.iterdir():
        raw = path.read_bytes()
        path.write_bytes(raw.replace(b"SH\x04\x00ACC1", b"SH\x16\x00CanaryNumber1234567890"))
        assert path.stat().st_size == len(raw) + 18
    write(Mask(box, geometry, "GTV"), tmp_path / "out.dcm", folder)  # a warning is an error here
    assert "Canary" not in caplog.text
    assert np.array_equal(read_mask(tmp_path / "out.dcm", geometry=geometry).array, box)
