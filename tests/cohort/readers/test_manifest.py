from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tumorcast.cohort.drawing import Drawing, Lesion
from tumorcast.cohort.readers.manifest import image_paths, read_images, template_columns
from tumorcast.cohort.records import Record
from tumorcast.cohort.schema import CohortSource
from tumorcast.cohort.text_table import TextRow
from tumorcast.errors import Finding


def declare(**images: dict[str, Any]) -> CohortSource:
    return CohortSource.model_validate({"manifest": "m.csv", "images": images})


def record(case_id: str = "a", **cells: str) -> Record:
    row = TextRow(2, cells, len(cells))
    return Record(case_id, row, row)


def read(
    source: CohortSource, one: Record, root: Path
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    return read_images(one, image_paths(source, list(one.row.cells)), root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("ct.nii", "seg.nii", "other.nii", "a/a_CT.nii", "a/a_mask.nii"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_templates_with_the_id(root: Path) -> None:
    source = declare(
        ct={"unit": "HU", "path": "{id}/{id}_CT.nii", "mask": "{id}/{id}_mask.nii", "label": 2}
    )
    images, findings = read(source, record(), root)
    assert findings == ()
    assert images["ct"].image == root / "a/a_CT.nii"
    assert images["ct"].mask == root / "a/a_mask.nii"
    assert (images["ct"].unit, images["ct"].label) == ("HU", 2)


def test_manifest_columns_name_and_name_mask_or_a_shared_mask(root: Path) -> None:
    source = declare(ct={"unit": "HU"}, pt={"unit": "SUVbw"})
    own = record(ct="ct.nii", ct_mask="seg.nii", pt="other.nii", mask="a/a_mask.nii")
    images, findings = read(source, own, root)
    assert findings == ()
    assert images["ct"].mask == root / "seg.nii"
    assert images["pt"].mask == root / "a/a_mask.nii"


@pytest.mark.parametrize("header", [("Image", "Mask", "Label"), ("image", "mask", "label")])
def test_the_batch_columns_of_pyradiomics(root: Path, header: tuple[str, str, str]) -> None:
    image, mask, label = header
    one = record(**{image: "ct.nii", mask: "seg.nii", label: "3"})
    images, findings = read(declare(ct={"unit": "HU"}), one, root)
    assert findings == ()
    assert images["ct"].image == root / "ct.nii"
    assert images["ct"].label == 3
    without = record(**{image: "ct.nii", mask: "seg.nii", label: ""})
    assert read(declare(ct={"unit": "HU"}), without, root)[0]["ct"].label is None


def test_an_absolute_path_stands_for_itself(root: Path, tmp_path: Path) -> None:
    one = record(ct=str(root / "ct.nii"), ct_mask=str(root / "seg.nii"))
    images, _ = read(declare(ct={"unit": "HU"}), one, tmp_path / "elsewhere")
    assert images["ct"].image == root / "ct.nii"


def test_an_empty_cell_means_that_the_case_lacks_the_image(root: Path) -> None:
    source = declare(ct={"unit": "HU"}, pt={"unit": "SUVbw"})
    one = record(ct="ct.nii", ct_mask="seg.nii", pt="", pt_mask="")
    images, findings = read(source, one, root)
    assert list(images) == ["ct"]
    assert findings == ()


def test_a_case_without_any_image_is_warned_of(root: Path) -> None:
    images, (finding,) = read(declare(ct={"unit": "HU"}), record(ct="", ct_mask=""), root)
    assert images == {}
    assert (finding.code, finding.consequence, finding.case) == ("FIL-05", "warning", "a")


@pytest.mark.parametrize(
    ("cells", "code", "words"),
    [
        ({"ct": "gone.nii", "ct_mask": "seg.nii"}, "FIL-01", "no such file"),
        ({"ct": "ct.nii", "ct_mask": "gone.nii"}, "FIL-01", "no such file"),
        ({"ct": "ct.nii", "ct_mask": ""}, "FIL-02", "image 'ct' has no mask"),
        ({"Image": "ct.nii", "Mask": "seg.nii", "Label": "x"}, "FIL-04", "the label is 'x'"),
    ],
)
def test_a_case_whose_files_cannot_be_used_is_excluded(
    root: Path, cells: dict[str, str], code: str, words: str
) -> None:
    images, (finding,) = read(declare(ct={"unit": "HU"}), record(**cells), root)
    assert images == {}
    assert (finding.code, finding.consequence, finding.case) == (code, "excluded", "a")
    assert words in finding.found


@pytest.mark.parametrize("case_id", ["../a", "a/b", "..", "a\\b"])
def test_an_id_that_leads_elsewhere_is_excluded(root: Path, case_id: str) -> None:
    source = declare(ct={"unit": "HU", "path": "{id}/{id}_CT.nii"})
    _, (finding,) = read(source, record(case_id), root)
    assert (finding.code, finding.consequence) == ("FIL-03", "excluded")


def test_the_columns_that_templates_name_are_told() -> None:
    source = declare(ct={"unit": "HU", "path": "{folder}/{id}.nii", "mask": "{seg}"})
    paths = image_paths(source, ["id", "folder"])
    assert list(template_columns(paths)) == [
        ("cohort.images.ct", "folder"),
        ("cohort.images.ct", "seg"),
    ]


def test_a_mask_for_each_region_with_one_lesion_a_file(root: Path) -> None:
    for name in ("a_n1.nii", "a_n2.nii"):
        (root / "a" / name).write_bytes(b"x")
    masks = {"GTVp": "{id}/{id}_mask.nii", "GTVn": "{id}/{id}_n*.nii", "other": "{id}/none.nii"}
    source = declare(ct={"unit": "HU", "path": "{id}/{id}_CT.nii", "mask": masks})
    assert source.region_names == ("GTVp", "GTVn", "other")
    images, findings = read(source, record(), root)
    assert findings == ()
    drawing = images["ct"].mask
    assert isinstance(drawing, Drawing)
    assert [(lesion.region, lesion.file.name) for lesion in drawing.lesions] == [
        ("GTVp", "a_mask.nii"),
        ("GTVn", "a_n1.nii"),
        ("GTVn", "a_n2.nii"),
    ]


def test_masks_by_whole_paths_and_none_of_them_there(root: Path) -> None:
    masks = {"GTVp": str(root / "{id}" / "{id}_mas?.nii"), "GTVn": f"{root}/a/a_ma*.nii"}
    source = declare(ct={"unit": "HU", "path": "{id}/{id}_CT.nii", "mask": masks})
    images, _ = read(source, record(), root)
    assert [lesion.region for lesion in images["ct"].mask.lesions] == ["GTVn"]
    source = declare(ct={"unit": "HU", "path": "{id}/{id}_CT.nii", "mask": {"GTVp": masks["GTVp"]}})
    _, (finding,) = read(source, record(), root)
    assert (finding.code, finding.consequence) == ("FIL-02", "excluded")


def test_the_labels_of_each_region_in_one_mask(root: Path) -> None:
    source = CohortSource.model_validate(
        {
            "manifest": "m.csv",
            "images": {"ct": {"unit": "HU"}},
            "drawn": {"GTVp": 1, "GTVn": [2, 3]},
            "tumor": ["GTVp"],
        }
    )
    images, _ = read(source, record(ct="ct.nii", mask="seg.nii"), root)
    assert images["ct"].mask == Drawing(
        (
            Lesion("GTVp", root / "seg.nii", label=1),
            Lesion("GTVn", root / "seg.nii", label=2),
            Lesion("GTVn", root / "seg.nii", label=3),
        ),
        ("GTVp",),
    )
