from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tumorcast.cohort.drawing import Drawing
from tumorcast.cohort.readers.hecktor import read_hecktor
from tumorcast.cohort.schema import CohortSource
from tumorcast.errors import BadInputError, StudyRefusedError

IMAGES = {"ct": {"unit": "HU"}, "pt": {"unit": "SUVbw"}}
BOX_VOXELS = (4 * 7 * 7, 3 * 4 * 5)


def source(**keys: Any) -> CohortSource:
    document = {"layout": "hecktor", "root": "data", "table": "t.csv", "images": IMAGES}
    return CohortSource.model_validate(document | keys)


@pytest.fixture
def cohort(tmp_path: Path, write_case: Callable[..., None]) -> Path:
    """Return a folder with two cases, of which the second has no nodes and no PET."""
    images, labels = tmp_path / "data" / "imagesTr", tmp_path / "data" / "labelsTr"
    write_case(images / "CHUM-001__CT.nii.gz", unit="HU")
    write_case(images / "CHUM-001__PT.nii.gz", unit="SUVbw")
    write_case(images / "MDA-002__CT.nii.gz", unit="HU", seed=2)
    write_case(labels / "CHUM-001.nii.gz", labels=(1, 2))
    write_case(labels / "MDA-002.nii.gz", labels=(1,))
    return tmp_path


def test_images_and_labels_are_found_by_their_names(cohort: Path) -> None:
    found = read_hecktor(source(), cohort)
    assert found.findings == ()
    assert {case_id: list(images) for case_id, images in found.images.items()} == {
        "CHUM-001": ["ct", "pt"],
        "MDA-002": ["ct"],
    }
    ct = found.images["CHUM-001"]["ct"]
    assert ct.unit == "HU"
    assert ct.tumor().n_voxels == sum(BOX_VOXELS)
    assert isinstance(ct.mask, Drawing)
    assert [mask.name for mask in ct.mask.lesion_masks()] == ["GTVp", "GTVn"]
    assert found.images["MDA-002"]["ct"].tumor().n_voxels == BOX_VOXELS[0]


def test_a_case_without_the_tumour_that_is_meant_says_so(cohort: Path) -> None:
    found = read_hecktor(source(tumor=["GTVn"], drawn={"GTVp": 1, "GTVn": 2}), cohort)
    assert found.images["CHUM-001"]["ct"].tumor().n_voxels == BOX_VOXELS[1]
    with pytest.raises(BadInputError, match=r"nothing is drawn of GTVn in MDA-002\.nii\.gz"):
        found.images["MDA-002"]["ct"].tumor()


def test_a_case_without_labels_is_excluded(cohort: Path) -> None:
    (cohort / "data" / "labelsTr" / "MDA-002.nii.gz").unlink()
    (finding,) = read_hecktor(source(), cohort).findings
    assert (finding.code, finding.case) == ("FIL-02", "MDA-002")
    assert read_hecktor(source(drawn={}), cohort).findings == ()


def test_the_same_image_twice_excludes_the_case(
    cohort: Path, write_case: Callable[..., None]
) -> None:
    write_case(cohort / "data" / "other" / "MDA-002__CT.nii.gz", unit="HU")
    (finding,) = read_hecktor(source(), cohort).findings
    assert (finding.code, finding.consequence, finding.case) == ("LAY-04", "excluded", "MDA-002")


def test_an_image_that_nobody_has_and_another_layout_are_refused(
    cohort: Path, tmp_path: Path
) -> None:
    images = {"ct": {"unit": "HU"}, "mr": {"unit": "arbitrary"}}
    (finding,) = read_hecktor(source(images=images), cohort).findings
    assert (finding.code, finding.consequence) == ("LAY-02", "refused")
    assert finding.found.endswith("CT, PT")
    with pytest.raises(StudyRefusedError) as caught:
        read_hecktor(source(root="data/labelsTr"), cohort)
    assert caught.value.findings[0].code == "LAY-01"
