from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tumorcast.cohort.drawing import Drawing
from tumorcast.cohort.readers.nnunet import read_dataset, read_nnunet
from tumorcast.cohort.schema import CohortSource
from tumorcast.errors import StudyRefusedError

IMAGES = {"ct": {"unit": "HU"}, "pt": {"unit": "SUVbw", "modality": "PET"}}
DATASET = {
    "channel_names": {"0": "CT", "1": "PET"},
    "labels": {"background": 0, "tumor": 1, "lymph node": 2},
    "file_ending": ".nii.gz",
}
OLD_DATASET = {
    "modality": {"0": "CT", "1": "PET"},
    "labels": {"0": "background", "1": "tumor", "2": "lymph node"},
}


def source(**keys: Any) -> CohortSource:
    document = {"layout": "nnunet", "root": "data", "table": "t.csv", "images": IMAGES}
    return CohortSource.model_validate(document | keys)


@pytest.fixture
def cohort(tmp_path: Path, write_case: Callable[..., None]) -> Path:
    root = tmp_path / "data"
    for case_id, labels in {"hn_001": (1, 2), "hn_002": (1,)}.items():
        write_case(root / "imagesTr" / f"{case_id}_0000.nii.gz", unit="HU")
        write_case(root / "imagesTr" / f"{case_id}_0001.nii.gz", unit="SUVbw")
        write_case(root / "labelsTr" / f"{case_id}.nii.gz", labels=labels)
    (root / "dataset.json").write_text(json.dumps(DATASET))
    return tmp_path


@pytest.mark.parametrize("dataset", [DATASET, OLD_DATASET], ids=["version 2", "version 1"])
def test_channels_and_labels_are_those_of_the_dataset_file(
    cohort: Path, dataset: dict[str, Any]
) -> None:
    (cohort / "data" / "dataset.json").write_text(json.dumps(dataset))
    found = read_nnunet(source(), cohort)
    assert found.findings == ()
    assert list(found.images) == ["hn_001", "hn_002"]
    pt = found.images["hn_001"]["pt"]
    assert pt.image == cohort / "data" / "imagesTr" / "hn_001_0001.nii.gz"
    assert isinstance(pt.mask, Drawing)
    assert [lesion.region for lesion in pt.mask.lesions] == ["tumor_label", "lymph_node"]
    assert found.images["hn_002"]["ct"].tumor().n_voxels == 4 * 7 * 7


def test_a_region_may_be_made_of_several_labels(cohort: Path) -> None:
    labels = {"background": 0, "whole": [1, 2], "core": 1, "ignore": 3}
    (cohort / "data" / "dataset.json").write_text(json.dumps(DATASET | {"labels": labels}))
    assert read_dataset(cohort / "data").labels == {"whole": ("1", "2"), "core": ("1",)}


def test_a_case_without_labels_is_excluded(cohort: Path) -> None:
    (cohort / "data" / "labelsTr" / "hn_002.nii.gz").unlink()
    findings = read_nnunet(source(), cohort).findings
    assert {(finding.code, finding.case) for finding in findings} == {("FIL-02", "hn_002")}


def test_a_channel_that_is_not_there_is_refused_with_those_that_are(cohort: Path) -> None:
    images = {"mr": {"unit": "arbitrary", "modality": "T1"}}
    (finding,) = read_nnunet(source(images=images), cohort).findings
    assert (finding.code, finding.consequence) == ("LAY-02", "refused")
    assert "CT, PET" in finding.found


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"channel_names": {"0": "CT"}}', '{"channel_names": 1, "labels": {"a": 1}}'],
)
def test_a_dataset_file_that_says_too_little_is_refused(cohort: Path, text: str) -> None:
    (cohort / "data" / "dataset.json").write_text(text)
    with pytest.raises(StudyRefusedError) as caught:
        read_nnunet(source(), cohort)
    assert caught.value.findings[0].code == "LAY-01"


def test_a_folder_without_training_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dataset.json").write_text(json.dumps(DATASET))
    with pytest.raises(StudyRefusedError, match="there is no folder imagesTr"):
        read_nnunet(source(), tmp_path)
