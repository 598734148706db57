"""Structure sets and segmentations as masks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from contourpy import contour_generator
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Geometry, read_mask, read_volume
from tumorcast.imaging.dicom import read_combined, roi_names

SeriesMaker = Callable[..., list[Path]]
Loops = list[NDArray[np.float64]]
OFF_SLICE = np.array([0.0, 0.0, 1.2])


@pytest.fixture
def images(make_series: SeriesMaker) -> list[Path]:
    def larger(data: Dataset, i: int) -> None:
        data.Rows, data.Columns = 30, 40
        data.PixelData = np.full((30, 40), 1024, dtype=np.int16).tobytes()

    return make_series(8, folder="case/ct", change=larger)


@pytest.fixture
def geometry(images: list[Path]) -> Geometry:
    return read_volume(images[0].parent).geometry


@pytest.fixture
def shape(geometry: Geometry) -> NDArray[np.bool_]:
    """Return a ball with a hole and a separate single voxel."""
    z, y, x = np.indices(geometry.shape)
    ball = ((z - 4) / 2.5) ** 2 + ((y - 14) / 9) ** 2 + ((x - 18) / 10) ** 2 <= 1
    hole = ((y - 14) / 4) ** 2 + ((x - 18) / 4) ** 2 <= 1
    array: NDArray[np.bool_] = ball & ~hole
    array[5, 27, 35] = True
    return array


def loops_of(array: NDArray[np.bool_], geometry: Geometry) -> Loops:
    loops: Loops = []
    for k, plane in enumerate(array):
        padded = np.pad(plane.astype(float), 1)
        for line in contour_generator(z=padded).lines(0.5):
            rows_columns = np.asarray(line)[:-1, ::-1] - 1
            index = np.column_stack([np.full(len(rows_columns), k), rows_columns])
            loops.append(geometry.index_to_lps(index))
    return loops


def write_rtstruct(
    path: Path,
    regions: dict[str, Loops],
    images: list[Path],
    *,
    frame: str = "1.2.9",
    series: str = "1.2.3.4",
    kind: str = "CLOSED_PLANAR",
    references: list[str] | None = None,
) -> Path:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.481.3")
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = UID("1.2.77.1")
    data.Modality, data.PatientID, data.StudyInstanceUID = "RTSTRUCT", "P1", "1.2.3"
    data.SeriesInstanceUID = "1.2.77"
    named, study, place = Dataset(), Dataset(), Dataset()
    named.SeriesInstanceUID = series
    study.RTReferencedSeriesSequence = DicomSequence([named])
    place.FrameOfReferenceUID = frame
    place.RTReferencedStudySequence = DicomSequence([study])
    data.ReferencedFrameOfReferenceSequence = DicomSequence([place])
    uids = references or [str(pydicom.dcmread(image).SOPInstanceUID) for image in images]
    rois, drawn = [], []
    for number, (name, loops) in enumerate(regions.items(), start=1):
        roi, item, contours = Dataset(), Dataset(), []
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, frame
        item.ReferencedROINumber = number
        for i, loop in enumerate(loops):
            contour, image = Dataset(), Dataset()
            contour.ContourGeometricType, contour.NumberOfContourPoints = kind, len(loop)
            contour.ContourData = [f"{value:.6f}"[:16] for value in loop.ravel()]
            image.ReferencedSOPInstanceUID = uids[i % len(uids)]
            contour.ContourImageSequence = DicomSequence([image])
            contours.append(contour)
        if loops:
            item.ContourSequence = DicomSequence(contours)
        rois.append(roi)
        drawn.append(item)
    data.StructureSetROISequence = DicomSequence(rois)
    data.ROIContourSequence = DicomSequence(drawn)
    path.parent.mkdir(exist_ok=True, parents=True)
    data.save_as(path, enforce_file_format=True)
    return path


def refusal(path: Path, roi: str | None = None, **how: Any) -> Finding:
    with pytest.raises(BadInputError) as caught:
        read_mask(path, roi, **how)
    return caught.value.finding


@pytest.fixture
def structure_set(images: list[Path], geometry: Geometry, shape: NDArray[np.bool_]) -> Path:
    return write_rtstruct(
        images[0].parent.parent / "rt" / "RS.dcm", {"GTV": loops_of(shape, geometry)}, images
    )


def test_row_39_a_mask_with_hole_and_island_comes_back_exactly(
    structure_set: Path, geometry: Geometry, shape: NDArray[np.bool_]
) -> None:
    findings: list[Finding] = []
    mask = read_mask(structure_set, findings=findings)
    assert mask.geometry == geometry
    assert np.array_equal(mask.array, shape)
    assert mask.name == "GTV"
    assert findings == []
    assert read_mask(structure_set, geometry=geometry) == mask
    assert read_mask(structure_set.parent) == mask


def test_row_36_names_are_listed_and_never_guessed(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    loops = loops_of(shape, geometry)
    path = write_rtstruct(
        tmp_path / "RS.dcm", {"GTVp": loops, "gtv_n": loops[:2], "GTV (old)": loops[:1]}, images
    )
    assert roi_names(path) == ("GTVp", "gtv_n", "GTV (old)")
    for wanted in (None, "GTV.*"):
        finding = refusal(path, wanted, geometry=geometry)
        assert finding.code == "RTS-01"
        assert "'GTVp', 'gtv_n', 'GTV (old)'" in finding.found
        assert finding.fix == "say which is meant, such as roi: GTVp"
    assert refusal(path, "CTV", geometry=geometry).code == "RTS-01"
    assert refusal(path, "GTV (", geometry=geometry).code == "RTS-01"
    for wanted, name in (("gtvp", "GTVp"), (".*_n", "gtv_n"), ("GTV (old)", "GTV (old)")):
        assert read_mask(path, wanted, geometry=geometry).name == name


def test_regions_that_match_are_combined_when_that_is_asked_for(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    upper, lower = shape.copy(), shape.copy()
    upper[:4], lower[4:] = False, False
    regions = {"GTVp": loops_of(upper, geometry), "GTVn": loops_of(lower, geometry), "Cord": []}
    path = write_rtstruct(tmp_path / "RS.dcm", regions, images)
    both = read_combined(path, "gtv[pn]", geometry=geometry)
    assert np.array_equal(both.array, shape)
    assert both.name == "gtv[pn]"
    with pytest.raises(BadInputError, match=r"RTS-01.*none matching 'CTV'"):
        read_combined(path, "CTV", geometry=geometry)


def test_row_35_another_frame_of_reference_names_both(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    path = write_rtstruct(
        tmp_path / "RS.dcm", {"GTV": loops_of(shape, geometry)}, images, frame="1.2.8"
    )
    finding = refusal(path, geometry=geometry)
    assert finding.code == "RTS-02"
    assert "1.2.8, the image has 1.2.9" in finding.found


def test_row_35_a_series_that_is_not_there_is_named(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    loops = loops_of(shape, geometry)
    path = write_rtstruct(tmp_path / "rt" / "RS.dcm", {"GTV": loops}, images, series="1.2.55")
    finding = refusal(path)
    assert finding.code == "RTS-02"
    assert "1.2.55" in finding.found


def test_row_02_absent_slices_are_refused_and_a_rewritten_series_is_noticed(
    structure_set: Path, images: list[Path], geometry: Geometry, shape: NDArray[np.bool_]
) -> None:
    loops = {"GTV": loops_of(shape, geometry)}
    uids = [f"1.2.3.4.{i}" for i in (1, 2, 3, 99)]
    finding = refusal(write_rtstruct(structure_set, loops, images, references=uids))
    assert finding.code == "RTS-02"
    assert "1 of 4 slices" in finding.found
    assert "1.2.3.4.99" in finding.found
    findings: list[Finding] = []
    write_rtstruct(structure_set, loops, images, references=["1.2.6.1", "1.2.6.2"])
    assert np.array_equal(read_mask(structure_set, findings=findings).array, shape)
    assert [(one.code, one.consequence) for one in findings] == [("RTS-02", "warning")]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("POINT", "only contours of type POINT"),
        ("CLOSED_PLANAR", "only contours of type CLOSED_PLANAR of 1 points"),
        ("", "no contours"),
    ],
)
def test_row_37_a_region_without_outlines_is_refused_by_name(
    images: list[Path], geometry: Geometry, tmp_path: Path, kind: str, text: str
) -> None:
    loops = [np.array([[-10.0, 40.0, 13.0]])] if kind else []
    path = write_rtstruct(tmp_path / "RS.dcm", {"Isocentre": loops}, images, kind=kind)
    finding = refusal(path, geometry=geometry)
    assert finding.code == "RTS-03"
    assert f"'Isocentre' with {text}" in finding.found


def test_row_38_contours_between_slices_go_to_the_nearest(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    loops = [loop + OFF_SLICE for loop in loops_of(shape, geometry)]
    path = write_rtstruct(tmp_path / "RS.dcm", {"GTV": loops}, images)
    findings: list[Finding] = []
    mask = read_mask(path, geometry=geometry, findings=findings)
    assert np.array_equal(mask.array, shape)
    assert [one.code for one in findings] == ["RTS-04"]
    assert "up to 0.4 slices" in findings[0].found


def test_row_38_two_planes_of_one_slice_do_not_cancel(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    loops = loops_of(shape, geometry)
    path = write_rtstruct(
        tmp_path / "RS.dcm", {"GTV": [*loops, *(loop + OFF_SLICE for loop in loops)]}, images
    )
    assert np.array_equal(read_mask(path, geometry=geometry).array, shape)


def test_row_38_a_few_points_outside_are_cut_and_reported(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    loops = loops_of(shape, geometry)
    beyond = geometry.index_to_lps([(7, 3.5, 35.5), (7, 3.5, 45.5), (7, 6.5, 45.5), (7, 6.5, 35.5)])
    path = write_rtstruct(tmp_path / "RS.dcm", {"GTV": [*loops, beyond]}, images)
    findings: list[Finding] = []
    mask = read_mask(path, geometry=geometry, findings=findings)
    assert mask.array[7].sum() == 3 * 4
    assert [(one.code, one.consequence) for one in findings] == [("RTS-05", "repaired")]


@pytest.mark.parametrize("shift", [(60.0, 0.0, 0.0), (0.0, 0.0, 40.0)])
def test_row_38_contours_outside_the_image_are_refused(
    images: list[Path],
    geometry: Geometry,
    shape: NDArray[np.bool_],
    tmp_path: Path,
    shift: tuple[float, float, float],
) -> None:
    loops = [loop + shift for loop in loops_of(shape, geometry)]
    finding = refusal(
        write_rtstruct(tmp_path / "RS.dcm", {"GTV": loops}, images), geometry=geometry
    )
    assert finding.code == "RTS-05"
    assert "100.0% of the points" in finding.found


def test_row_38_contours_across_slices_are_refused(
    images: list[Path], geometry: Geometry, tmp_path: Path
) -> None:
    loop = geometry.index_to_lps([(1, 5, 5), (1, 5, 20), (4, 15, 20), (4, 15, 5)])
    finding = refusal(
        write_rtstruct(tmp_path / "RS.dcm", {"GTV": [loop]}, images), geometry=geometry
    )
    assert finding.code == "RTS-04"
    assert "crosses 3 slices" in finding.found


def test_row_39_a_contour_smaller_than_a_voxel_keeps_its_slice(
    images: list[Path], geometry: Geometry, tmp_path: Path
) -> None:
    corner = np.array([(2, 10.2, 7.2), (2, 10.2, 7.45), (2, 10.4, 7.45), (2, 10.4, 7.2)])
    large = np.array([(3, 5.5, 5.5), (3, 5.5, 9.5), (3, 8.5, 9.5), (3, 8.5, 5.5)])
    loops = [geometry.index_to_lps(corner), geometry.index_to_lps(large)]
    findings: list[Finding] = []
    path = write_rtstruct(tmp_path / "RS.dcm", {"GTV": loops}, images)
    mask = read_mask(path, geometry=geometry, findings=findings)
    assert np.argwhere(mask.array[2]).tolist() == [[10, 7]]
    assert mask.array[3].sum() == 12
    assert [one.code for one in findings] == ["RTS-06"]


def test_slices_without_contour_are_noticed(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    gap = shape.copy()
    gap[4] = False
    path = write_rtstruct(tmp_path / "RS.dcm", {"GTV": loops_of(gap, geometry)}, images)
    findings: list[Finding] = []
    assert np.array_equal(read_mask(path, geometry=geometry, findings=findings).array, gap)
    assert [one.found.split(" ")[0] for one in findings if one.code == "RTS-07"] == ["1"]


def test_contours_that_are_no_numbers_are_refused(structure_set: Path, geometry: Geometry) -> None:
    raw = structure_set.read_bytes()
    at = raw.index(b"CLOSED_PLANAR")
    at = raw.index(b".", at + 40)
    structure_set.write_bytes(raw[:at] + b"x" + raw[at + 1 :])
    assert refusal(structure_set, geometry=geometry).code in {"RTS-08", "IMG-02"}


def test_an_image_is_no_mask(images: list[Path]) -> None:
    assert refusal(images[0]).code == "RTS-08"
    assert refusal(images[0].parent).code == "RTS-08"


def write_seg(path: Path, images: list[Path], masks: NDArray[Any], kind: str = "BINARY") -> Path:
    """Write one segment for each last index with highdicom, an independent implementation."""
    seg = pytest.importorskip("highdicom.seg")
    codes = pytest.importorskip("pydicom.sr.codedict").codes
    highdicom = pytest.importorskip("highdicom")
    descriptions = [
        seg.SegmentDescription(
            segment_number=i + 1,
            segment_label=("GTVp", "GTVn")[i],
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type=seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for i in range(masks.shape[-1])
    ]
    source = [pydicom.dcmread(image) for image in images]
    for data in source:
        data.PatientName, data.PatientBirthDate, data.PatientSex = "X", "", ""
        data.StudyDate, data.StudyTime, data.AccessionNumber = "", "", ""
        data.ReferringPhysicianName, data.StudyID, data.PositionReferenceIndicator = "", "", ""
        data.SliceThickness = 3.0
    seg.Segmentation(
        source_images=source,
        pixel_array=masks,
        segmentation_type=seg.SegmentationTypeValues[kind],
        segment_descriptions=descriptions,
        series_instance_uid=highdicom.UID(),
        series_number=2,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="M",
        manufacturer_model_name="M",
        software_versions="1",
        device_serial_number="1",
    ).save_as(path)
    return path


@pytest.mark.filterwarnings("ignore")
def test_a_segmentation_comes_back_exactly(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    second = np.zeros_like(shape)
    second[1:3, 2:5, 3:9] = True
    both = np.stack([shape, second], axis=-1).astype(np.uint8)
    path = write_seg(tmp_path / "seg.dcm", images, both)
    for roi, truth in (("GTVp", shape), ("gtvn", second)):
        mask = read_mask(path, roi, geometry=geometry)
        assert mask.geometry == geometry
        assert np.array_equal(mask.array, truth)
    assert np.array_equal(read_mask(path, label=2, geometry=geometry).array, second)
    own = read_mask(path, "GTVn")
    assert own.geometry.shape == (2, 30, 40)
    assert own.volume_mm3 == pytest.approx(second.sum() * geometry.voxel_volume_mm3)
    for how in ({}, {"roi": "GTV."}, {"label": 7}):
        with pytest.raises(BadInputError, match="RTS-01"):
            read_mask(path, **how, geometry=geometry)


@pytest.mark.filterwarnings("ignore")
def test_a_fractional_segmentation_needs_a_threshold(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    share = np.where(shape, 0.7, 0.2)[..., None]
    path = write_seg(tmp_path / "seg.dcm", images, share, "FRACTIONAL")
    assert refusal(path, geometry=geometry).code == "MSK-04"
    assert np.array_equal(read_mask(path, threshold=0.5, geometry=geometry).array, shape)


@pytest.mark.filterwarnings("ignore")
def test_damaged_segmentations_are_refused(
    images: list[Path], geometry: Geometry, shape: NDArray[np.bool_], tmp_path: Path
) -> None:
    path = write_seg(tmp_path / "seg.dcm", images, shape[..., None].astype(np.uint8))
    whole = pydicom.dcmread(path)
    whole.Rows = 60000
    whole.save_as(tmp_path / "lies.dcm")
    assert refusal(tmp_path / "lies.dcm").code == "DCM-15"
    whole.Rows = 300
    whole.save_as(tmp_path / "short.dcm")
    assert refusal(tmp_path / "short.dcm").code == "DCM-14"
    del whole.PerFrameFunctionalGroupsSequence
    whole.save_as(tmp_path / "bare.dcm")
    assert refusal(tmp_path / "bare.dcm").code == "SEG-01"


@pytest.mark.filterwarnings("ignore")
def test_a_segmentation_of_another_grid_takes_the_nearest_voxel(
    images: list[Path], shape: NDArray[np.bool_], tmp_path: Path, geometry: Geometry
) -> None:
    path = write_seg(tmp_path / "seg.dcm", images, shape[..., None].astype(np.uint8))
    fine = geometry.with_spacing((1.5, 0.4, 0.3))
    findings: list[Finding] = []
    mask = read_mask(path, geometry=fine, findings=findings)
    assert mask.geometry == fine
    assert mask.volume_mm3 == pytest.approx(shape.sum() * geometry.voxel_volume_mm3, rel=0.02)
    assert [one.code for one in findings] == ["MSK-09"]


@pytest.mark.filterwarnings("ignore")
def test_a_segmentation_of_another_space_is_refused(
    images: list[Path], shape: NDArray[np.bool_], tmp_path: Path, geometry: Geometry
) -> None:
    path = write_seg(tmp_path / "seg.dcm", images, shape[..., None].astype(np.uint8))
    elsewhere = Geometry(geometry.shape, geometry.affine, "1.2.8")
    assert refusal(path, geometry=elsewhere).code == "MSK-08"


def test_a_copied_structure_set_finds_its_series(structure_set: Path, images: list[Path]) -> None:
    beside = images[0].parent / "RS.dcm"
    shutil.copy(structure_set, beside)
    assert read_mask(beside) == read_mask(structure_set)


@pytest.mark.filterwarnings("ignore")
def test_mutated_structure_sets_are_read_or_refused(
    structure_set: Path, geometry: Geometry
) -> None:
    raw = np.frombuffer(structure_set.read_bytes(), dtype=np.uint8)
    rng = np.random.default_rng(2)
    for i in range(150):
        changed = raw.copy()
        places = rng.integers(300, len(raw) if i % 2 else 1200, 4)
        changed[places] = rng.integers(0, 256, 4)
        structure_set.write_bytes(changed.tobytes())
        with suppress(BadInputError):
            read_mask(structure_set, geometry=geometry)
