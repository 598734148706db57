from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumorcast.cohort.drawing import Drawing
from tumorcast.cohort.readers.dicom_tree import read_dicom_tree
from tumorcast.cohort.readers.found import FoundImages
from tumorcast.cohort.schema import CohortSource
from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.imaging import DicomSeries, read_mask

BOX_VOXELS = (4 * 7 * 7, 3 * 4 * 5)


def source(**keys: Any) -> CohortSource:
    document = {"layout": "dicom", "root": "dicom", "table": "t.csv", "images": {"ct": HU}}
    return CohortSource.model_validate(document | keys)


HU = {"unit": "HU"}
SUV = {"unit": "SUVbw"}


def only(found: FoundImages) -> Finding:
    (finding,) = found.findings
    return finding


def drawing(found: FoundImages, case_id: str, image: str = "ct") -> Drawing:
    drawn = found.images[case_id][image].mask
    assert isinstance(drawn, Drawing)
    return drawn


def test_series_are_found_by_their_headers_and_cases_are_patient_ids(
    dicom_folder: Any, tmp_path: Path
) -> None:
    for patient in ("B 2", "007"):
        ct, files = dicom_folder.image(patient)
        pt, _ = dicom_folder.image(patient, "PT")
        dicom_folder.rtstruct(patient, ct, ("GTVp", "GTVn1", "BODY"))
        dicom_folder.rtstruct(patient, pt, ("GTVp_PT1",))
    found = read_dicom_tree(source(images={"ct": HU, "pet": SUV}), tmp_path)
    assert list(found.images) == ["007", "B 2"]
    assert found.findings == ()
    images = found.images["B 2"]
    assert images["ct"].image == DicomSeries(
        dicom_folder.image("B 2")[0], tuple(sorted(files_of(images["ct"].image)))
    )
    assert images["ct"].volume().unit == "HU"
    regions = [lesion.region for lesion in drawing(found, "B 2").lesions]
    assert regions == ["GTVp", "GTVn"]
    assert images["ct"].tumor().n_voxels == sum(BOX_VOXELS)
    assert images["pet"].tumor().n_voxels == BOX_VOXELS[0]
    assert len(files) == 10


def files_of(image: object) -> tuple[Path, ...]:
    assert isinstance(image, DicomSeries)
    return image.files


def test_the_second_reading_comes_from_the_index_and_is_the_same(
    dicom_folder: Any, tmp_path: Path
) -> None:
    ct, _ = dicom_folder.image("P")
    dicom_folder.rtstruct("P", ct, ("GTVp",))
    first = read_dicom_tree(source(), tmp_path)
    assert list((tmp_path / ".tumorcast-index").iterdir())
    assert read_dicom_tree(source(), tmp_path) == first


def test_a_drawing_on_the_ct_serves_the_pet_of_the_same_frame(
    dicom_folder: Any, tmp_path: Path
) -> None:
    ct, _ = dicom_folder.image("P")
    dicom_folder.image("P", "PT")
    dicom_folder.rtstruct("P", ct, ("GTVp",))
    found = read_dicom_tree(source(images={"pt": SUV}), tmp_path)
    (lesion,) = drawing(found, "P", "pt").lesions
    assert lesion.drawn_on is not None
    assert lesion.drawn_on.uid == ct
    assert np.count_nonzero(found.images["P"]["pt"].tumor().array) == BOX_VOXELS[0]


def test_several_rois_make_one_region_and_the_tumour_is_what_the_study_says(
    dicom_folder: Any, tmp_path: Path
) -> None:
    ct, _ = dicom_folder.image("P")
    dicom_folder.rtstruct("P", ct, ("T 1", "T 2", "LN_3"))
    declared = source(drawn={"primary": ["T .*"], "nodes": "LN_.*"}, tumor=["nodes"])
    found = read_dicom_tree(declared, tmp_path)
    drawn = drawing(found, "P")
    assert [lesion.region for lesion in drawn.lesions] == ["primary", "primary", "nodes"]
    primary = drawn.lesion_masks(regions=("primary",))
    assert [mask.n_voxels for mask in primary] == list(BOX_VOXELS)
    assert drawn.tumor_mask().n_voxels == BOX_VOXELS[0]


def test_several_series_are_asked_about_with_a_line_to_paste_that_works(
    dicom_folder: Any, tmp_path: Path
) -> None:
    thin, _ = dicom_folder.image("P", SeriesDescription="Thorax 1.0 (B30f)")
    dicom_folder.image("P", number=2, SeriesDescription="Thorax 5.0")
    dicom_folder.rtstruct("P", thin, ("GTVp",))
    finding = only(read_dicom_tree(source(), tmp_path))
    assert (finding.code, finding.consequence) == ("DCM-07", "ask")
    assert "'Thorax 1.0 (B30f)' (10 files" in finding.found
    assert "'Thorax 5.0'" in finding.found
    pasted = finding.fix.split('description: "')[1].split('"')[0]
    for rule in ({"description": pasted}, {"only_drawn_on": True}):
        found = read_dicom_tree(source(images={"ct": HU | rule}), tmp_path)
        assert found.findings == ()
        image = found.images["P"]["ct"].image
        assert isinstance(image, DicomSeries)
        assert image.uid == thin


def test_names_that_tg263_does_not_tell_apart_are_asked_about_with_their_counts(
    dicom_folder: Any, tmp_path: Path
) -> None:
    for patient, names in {"P": ("GTVp", "GTV primary"), "Q": ("GTV-1", "PTV")}.items():
        ct, _ = dicom_folder.image(patient)
        dicom_folder.rtstruct(patient, ct, names)
    findings = read_dicom_tree(source(), tmp_path).findings
    asked = next(finding for finding in findings if finding.code == "ROI-01")
    assert asked.consequence == "ask"
    assert "'GTV primary' (1 cases)" in asked.found
    assert "'GTV-1' (1 cases)" in asked.found
    assert "drawn: {GTVp: ['GTV primary', 'GTVp']}" in asked.fix


def test_a_region_that_is_drawn_in_two_files_is_asked_about(
    dicom_folder: Any, tmp_path: Path
) -> None:
    ct, _ = dicom_folder.image("P")
    dicom_folder.rtstruct("P", ct, ("GTVp",), SeriesDescription="draft")
    final = dicom_folder.rtstruct("P", ct, ("GTVp",), SeriesDescription="approved")
    finding = only(read_dicom_tree(source(), tmp_path))
    assert (finding.code, finding.consequence) == ("ROI-05", "ask")
    assert "'draft'" in finding.found
    found = read_dicom_tree(source(structures="^approved"), tmp_path)
    assert [lesion.file for lesion in drawing(found, "P").lesions] == [final]


def test_a_drawing_of_another_space_excludes_the_case_and_names_both_series(
    dicom_folder: Any, tmp_path: Path
) -> None:
    ct, _ = dicom_folder.image("P")
    dicom_folder.rtstruct("P", "1.2.3", ("GTVp",), frame="9.9")
    findings = read_dicom_tree(source(), tmp_path).findings
    excluded = next(finding for finding in findings if finding.code == "RTS-02")
    assert (excluded.case, excluded.consequence) == ("P", "excluded")
    assert ct in excluded.found
    assert "1.2.3," in excluded.found


def test_nothing_drawn_excludes_unless_nothing_is_meant_to_be_drawn(
    dicom_folder: Any, tmp_path: Path
) -> None:
    ct, _ = dicom_folder.image("P")
    dicom_folder.rtstruct("P", ct, ("GTVp",))
    dicom_folder.image("Q")
    finding = only(read_dicom_tree(source(), tmp_path))
    assert (finding.code, finding.case) == ("FIL-02", "Q")
    found = read_dicom_tree(source(drawn={}), tmp_path)
    assert found.findings == ()
    assert found.images["Q"]["ct"].mask is None


def test_objects_of_nobody_and_of_other_kinds_are_counted(
    dicom_folder: Any, tmp_path: Path
) -> None:
    ct, _ = dicom_folder.image("P")
    dicom_folder.rtstruct("P", ct, ("GTVp",))
    dicom_folder.image("P", number=3, ImageType=["DERIVED", "PRIMARY", "LOCALIZER"])
    dicom_folder.image("", number=2)
    findings = read_dicom_tree(source(), tmp_path).findings
    assert [(finding.code, finding.consequence) for finding in findings] == [
        ("LAY-03", "warning"),
        ("DCM-08", "repaired"),
    ]
    assert "10 localizer" in findings[1].found
    assert "10 DICOM objects" in findings[0].found


def test_a_damaged_file_excludes_the_only_patient_of_its_folder(
    dicom_folder: Any, tmp_path: Path
) -> None:
    ct, files = dicom_folder.image("P")
    dicom_folder.rtstruct("P", ct, ("GTVp",))
    files[4].write_bytes(files[4].read_bytes()[:300])
    (finding,) = read_dicom_tree(source(), tmp_path).findings
    assert (finding.code, finding.case, finding.consequence) == ("IMG-02", "P", "excluded")
    other, _ = dicom_folder.image("Q")
    dicom_folder.rtstruct("Q", other, ("GTVp",))
    (finding,) = read_dicom_tree(source(), tmp_path).findings
    assert (finding.case, finding.consequence) == ("", "warning")


def test_an_image_that_nobody_has_is_refused_with_what_is_there(
    dicom_folder: Any, tmp_path: Path
) -> None:
    dicom_folder.image("P")
    finding = only(read_dicom_tree(source(images={"mr": {"unit": "arbitrary"}}), tmp_path))
    assert (finding.code, finding.consequence) == ("LAY-02", "refused")
    assert "1 series of CT" in finding.found


@pytest.mark.parametrize("folder", ["absent", "empty"])
def test_a_folder_without_dicom_files_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyRefusedError) as caught:
        read_dicom_tree(source(root=folder), tmp_path)
    assert caught.value.findings[0].code == "LAY-01"


@pytest.mark.real_data
def test_drawings_of_an_archive_are_those_of_the_prepared_files(
    real_data: Path, tmp_path: Path
) -> None:
    declared = source(
        root=str(real_data / "sarcoma" / "dicom"),
        images={"ct": HU, "pt": SUV},
        drawn={"GTV": "GTV_Mass_.*"},
    )
    found = read_dicom_tree(declared, tmp_path)
    assert found.findings == ()
    assert list(found.images) == ["STS_003", "STS_010", "STS_012"]
    assert all(list(images) == ["ct", "pt"] for images in found.images.values())
    for case_id, images in found.images.items():
        for name, one in images.items():
            stem = real_data / "sarcoma" / "images" / case_id / case_id
            prepared = read_mask(f"{stem}__{name.upper()}_mask.nii.gz")
            assert one.tumor().volume_mm3 == pytest.approx(prepared.volume_mm3, rel=2e-3)


def test_row_13_files_without_the_prefix_are_named_and_read_by_force(
    dicom_folder: Any, tmp_path: Path
) -> None:
    for patient in ("A", "B"):
        ct, files = dicom_folder.image(patient)
        _, pet_files = dicom_folder.image(patient, "PT")
        drawn = dicom_folder.rtstruct(patient, ct, ("GTVp",))
        images = {"ct": HU, "pt": SUV}
    before = read_dicom_tree(source(images=images), tmp_path).images["B"]
    volumes = {name: before[name].volume() for name in images}
    mask = before["ct"].tumor()
    for path in (*files, *pet_files, drawn):
        path.write_bytes(path.read_bytes()[132:])
    found = read_dicom_tree(source(images=images), tmp_path)
    assert {f.code for f in found.findings} == {"DCM-13"}
    assert {Path(f.file) for f in found.findings} == {*files, *pet_files, drawn}
    forced = read_dicom_tree(source(images=images, force_dicom=True), tmp_path)
    assert forced.findings == ()
    after = forced.images["B"]
    assert {name: after[name].volume() for name in images} == volumes
    assert after["ct"].tumor() == mask


def test_looking_through_a_tree_is_told(dicom_folder: Any, tmp_path: Path) -> None:
    _, files = dicom_folder.image("A")
    told: list[tuple[int, int]] = []
    read_dicom_tree(source(drawn={}), tmp_path, lambda done, of: told.append((done, of)))
    assert told[-1] == (len(files), len(files))
