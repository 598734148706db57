"""Rows 35 to 39: structure sets as planning systems write them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from tests.bad_inputs.conftest import CASES, SPOILED, Export, the, tumor_voxels
from tests.imaging.dicom.conftest import Edit
from tests.imaging.dicom.test_regions import Loops, loops_of, write_rtstruct

from tumorcast.imaging import read_volume

STRUCTURES = f"masks/{SPOILED}.dcm"


def loops(export: Export, case: str = SPOILED) -> Loops:
    geometry = read_volume(export.image(case)).geometry
    return loops_of(tumor_voxels(CASES.index(case)), geometry)


def write(export: Export, regions: dict[str, Loops], case: str = SPOILED, **how: str) -> None:
    first = pydicom.dcmread(export.slices(case)[0], stop_before_pixels=True)
    where = {"frame": first.FrameOfReferenceUID, "series": first.SeriesInstanceUID, **how}
    path = export.root / "masks" / f"{case}.dcm"
    write_rtstruct(path, regions, export.slices(case), **where)
    with Edit(path) as data:
        data.PatientID, data.StudyInstanceUID = first.PatientID, first.StudyInstanceUID


@pytest.fixture
def contoured(make_export: Callable[[str], Export]) -> Export:
    """Return an export of CTs with one structure set a case."""
    export = make_export("ct")
    for case in CASES:
        write(export, {"GTV": loops(export, case)}, case)
    scan = {"path": "images/{id}", "mask": "masks/{id}.dcm", "unit": "HU"}
    export.declare(cohort={"images": {"scan": scan}})
    return export


def test_sound_structure_sets_have_no_findings(contoured: Export) -> None:
    assert contoured.check().findings == ()


def test_row_35_contours_of_another_frame_of_reference(contoured: Export) -> None:
    write(contoured, {"GTV": loops(contoured)}, frame="1.9.9")
    quality = contoured.check()
    (finding,) = [f for f in quality.findings if f.code in {"RTS-02", "MSK-08"}]
    assert (finding.case, finding.consequence) == (SPOILED, "excluded")
    assert "1.9.9" in finding.found
    assert "1.2.9.1" in finding.found
    assert "register the two first" in finding.fix
    assert quality.excluded == {SPOILED}


def test_row_35_contours_of_a_series_that_is_not_there(contoured: Export) -> None:
    write(contoured, {"GTV": loops(contoured)}, series="1.9.9.9")
    the(contoured.check(), "RTS-02", "excluded", found="1.9.9.9", fix="", file=STRUCTURES)


def test_row_36_several_regions_are_never_guessed_between(contoured: Export) -> None:
    some = loops(contoured)
    write(contoured, {"GTVp": some, "GTV-1": some, "gtv_n": some})
    the(
        contoured.check(),
        "RTS-01",
        "excluded",
        found="3 regions: 'GTVp', 'GTV-1', 'gtv_n'",
        fix="say which is meant",
        file=STRUCTURES,
    )


def test_row_37_a_region_without_contours(contoured: Export) -> None:
    write(contoured, {"GTV": []})
    the(
        contoured.check(),
        "RTS-03",
        "excluded",
        found="region 'GTV' with no contours",
        fix="draw the region, or choose another",
        file=STRUCTURES,
    )


def test_row_37_a_point(contoured: Export) -> None:
    write(contoured, {"GTV": loops(contoured)}, kind="POINT")
    the(
        contoured.check(),
        "RTS-03",
        "excluded",
        found="only contours of type POINT",
        fix="draw the region, or choose another",
        file=STRUCTURES,
    )


def test_row_38_contours_between_the_slices(contoured: Export) -> None:
    write(contoured, {"GTV": [loop + np.array([0, 0, 1.2]) for loop in loops(contoured)]})
    the(
        contoured.check(),
        "RTS-04",
        "repaired",
        found="contours of 'GTV' up to 0.4 slices off the slices",
        fix="each went to the nearest slice",
        file=STRUCTURES,
    )


def test_row_38_contours_outside_the_image(contoured: Export) -> None:
    write(contoured, {"GTV": [loop + np.array([6.0, 0, 0]) for loop in loops(contoured)]})
    finding = the(
        contoured.check(),
        "RTS-05",
        "excluded",
        found="of the points of 'GTV' outside the image",
        fix="export the whole series on which it was drawn",
        file=STRUCTURES,
    )
    assert finding.expected == "at most 5%"


def test_row_39_a_contour_smaller_than_a_voxel_keeps_its_slice(contoured: Export) -> None:
    middle = read_volume(contoured.image()).geometry.index_to_lps((9, 15, 12))
    speck = middle + np.array([[0.05, 0.05, 0], [0.15, 0.05, 0], [0.15, 0.15, 0]])
    write(contoured, {"GTV": [*loops(contoured), speck]})
    quality = contoured.check()
    (finding,) = [f for f in quality.findings if f.code == "RTS-06"]
    assert (finding.case, finding.consequence) == (SPOILED, "repaired")
    assert "contours of 'GTV' that hold no voxel centre: 1" in finding.found
    assert quality.excluded == frozenset()


def test_row_38_contours_that_cross_slices(contoured: Export) -> None:
    def lean(data: Dataset) -> None:
        for contour in data.ROIContourSequence[0].ContourSequence[:1]:
            points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            points[0, 2] += 9.0
            contour.ContourData = [f"{value:.3f}" for value in points.ravel()]

    with Edit(contoured.root / STRUCTURES) as data:
        lean(data)
    the(
        contoured.check(),
        "RTS-04",
        "excluded",
        found="a contour of 'GTV' that crosses 3 slices",
        fix="draw the region on this image's slices",
        file=STRUCTURES,
    )
