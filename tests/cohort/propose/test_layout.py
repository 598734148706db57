"""Every layout is recognised, and what is proposed for it reads the whole folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tumorcast.cohort import CohortReading, read_cohort
from tumorcast.cohort.propose import Proposal, propose_study
from tumorcast.cohort.schema import ClinicalColumn, CohortSource, EndpointSource
from tumorcast.errors import StudyRefusedError

N = 6
IDS = [f"HN-{i:03d}" for i in range(N)]


def propose(folder: Path, **more: Any) -> Proposal:
    return propose_study(folder, event="relapse", time="days", base=folder.parent, **more)


def read(proposal: Proposal, base: Path) -> CohortReading:
    document: dict[str, Any] = yaml.safe_load(yaml.safe_dump(dict(proposal.document)))
    return read_cohort(
        CohortSource.model_validate(document["cohort"]),
        {key: ClinicalColumn.model_validate(c) for key, c in document["columns"].items()},
        EndpointSource.model_validate(document["endpoint"]),
        base,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a clinical table, whose first column of different cells is no id."""
    (tmp_path / "data").mkdir()
    rows = [f"{i + 40},{case_id},{i % 2},{100 + i}" for i, case_id in enumerate(IDS)]
    text = "\n".join(["Patient No,PatientID,relapse,days", *rows])
    (tmp_path / "data" / "clinical.csv").write_text(text)
    return tmp_path / "data"


def test_a_tree_of_dicom_files(folder: Path, dicom_folder: Any, tmp_path: Path) -> None:
    dicom_folder.root = folder / "export"
    for i, patient in enumerate(IDS):
        ct, _ = dicom_folder.image(patient, SeriesDescription="Body 1.0")
        if i < 2:
            dicom_folder.image(patient, number=2, SeriesDescription="Lung 1.0")
        dicom_folder.rtstruct(patient, ct, ("GTV primary", "GTV_LN", "Cord"))
    proposal = propose(folder)
    cohort = proposal.document["cohort"]
    assert (cohort["layout"], cohort["id"]) == ("dicom", "PatientID")
    assert cohort["images"] == {"ct": {"unit": "HU", "only_drawn_on": True}}
    assert cohort["drawn"] == {"GTVp": ["GTV primary"], "GTVn": ["GTV_LN"]}
    assert "2 have several series" in proposal.notes["cohort.images.ct"]
    assert "Cord (6), GTV primary (6), GTV_LN (6)" in proposal.notes["cohort.drawn"]
    assert read(proposal, tmp_path).flow["ok"] == N


def test_series_are_told_apart_by_their_description_where_drawings_do_not(
    folder: Path, dicom_folder: Any, tmp_path: Path
) -> None:
    dicom_folder.root = folder / "export"
    for patient in IDS:
        dicom_folder.image(patient, SeriesDescription="Body (1.0)")
        dicom_folder.image(patient, number=2, SeriesDescription=f"of {patient}")
    proposal = propose(folder)
    cohort = proposal.document["cohort"]
    assert cohort["images"]["ct"]["description"] == r"^Body\ \(1\.0\)$"
    assert cohort["drawn"] == {}
    assert read(proposal, tmp_path).flow["ok"] == N


def test_series_that_no_rule_tells_apart_are_shown_and_asked_about(
    folder: Path, dicom_folder: Any, tmp_path: Path
) -> None:
    dicom_folder.root = folder / "export"
    for patient in IDS:
        dicom_folder.image(patient, SeriesDescription="same")
        dicom_folder.image(patient, number=2, SeriesDescription="same")
    proposal = propose(folder)
    assert "'same' (6); add description:" in proposal.notes["cohort.images.ct"]
    with pytest.raises(StudyRefusedError, match="DCM-07"):
        read(proposal, tmp_path)


@pytest.mark.parametrize(
    ("names", "unclear", "code"),
    [
        (("GTVn", "GTV boost"), "not clear: GTV boost", "ROI-01"),
        (("GTV_Mass", "GTV_Edema"), "not clear: GTV_Edema, GTV_Mass", "ROI-01"),
        (("region_1", "BODY"), "not clear: BODY, region_1", "ROI-04"),
    ],
)
def test_names_that_are_not_clear_are_left_to_the_user(
    folder: Path, dicom_folder: Any, tmp_path: Path, names: tuple[str, str], unclear: str, code: str
) -> None:
    dicom_folder.root = folder / "export"
    for patient in IDS:
        ct, _ = dicom_folder.image(patient)
        dicom_folder.rtstruct(patient, ct, names)
    proposal = propose(folder)
    assert "drawn" not in proposal.document["cohort"]
    assert proposal.notes["cohort.drawn"].endswith(unclear)
    with pytest.raises(StudyRefusedError, match=code):
        read(proposal, tmp_path)


def test_hecktors_layout(folder: Path, write_case: Callable[..., None], tmp_path: Path) -> None:
    for seed, case_id in enumerate(IDS):
        write_case(folder / "imagesTr" / f"{case_id}__CT.nii.gz", unit="HU", seed=seed)
        write_case(folder / "imagesTr" / f"{case_id}__PT.nii.gz", unit="SUVbw", seed=seed)
        write_case(folder / "labelsTr" / f"{case_id}.nii.gz", labels=(1, 2), seed=seed)
    cohort = propose(folder).document["cohort"]
    assert cohort["layout"] == "hecktor"
    assert cohort["images"] == {"ct": {"unit": "HU"}, "pt": {"unit": "SUVbw"}}
    assert cohort["drawn"] == {"GTVp": [1], "GTVn": [2]}
    assert read(propose(folder), tmp_path).flow["ok"] == N


def test_nnunets_layout(folder: Path, write_case: Callable[..., None], tmp_path: Path) -> None:
    for seed, case_id in enumerate(IDS):
        write_case(folder / "imagesTr" / f"{case_id}_0000.nii.gz", unit="HU", seed=seed)
        write_case(folder / "imagesTr" / f"{case_id}_0001.nii.gz", unit="HU", seed=seed + N)
        write_case(folder / "labelsTr" / f"{case_id}.nii.gz", labels=(1,), seed=seed)
    dataset = {
        "channel_names": {"0": "CT", "1": "b-value 800"},
        "labels": {"background": 0, "L": 1},
    }
    (folder / "dataset.json").write_text(json.dumps(dataset))
    cohort = propose(folder).document["cohort"]
    assert cohort["layout"] == "nnunet"
    assert cohort["images"] == {
        "ct": {"unit": "HU"},
        "b_value_800": {"unit": "arbitrary", "modality": "B-VALUE 800"},
    }
    assert cohort["drawn"] == {"L": [1]}
    assert read(propose(folder), tmp_path).flow["ok"] == N


@pytest.mark.parametrize("header", ["Image,Mask,Label", "image,mask,label"])
def test_pyradiomics_batch_file_beside_the_clinical_table(
    folder: Path, write_case: Callable[..., None], tmp_path: Path, header: str
) -> None:
    lines = [f"PatientID,{header}"]
    for seed, case_id in enumerate(IDS):
        write_case(folder / f"{case_id}_PET.nii.gz", unit="SUVbw", seed=seed)
        write_case(folder / f"{case_id}_seg.nii.gz", labels=(1, 2), seed=seed)
        lines.append(f"{case_id},{case_id}_PET.nii.gz,{case_id}_seg.nii.gz,2")
    (folder / "cases.csv").write_text("\n".join(lines))
    proposal = propose(folder)
    cohort = proposal.document["cohort"]
    assert (cohort["table"], cohort["manifest"]) == ("data/clinical.csv", "data/cases.csv")
    assert cohort["images"] == {"pt": {"unit": "SUVbw"}}
    reading = read(proposal, tmp_path)
    assert {case.images["pt"].label for case in reading.cohort} == {2}
    assert reading.flow["ok"] == N


def test_two_tables_of_which_none_lists_images_are_asked_about(folder: Path) -> None:
    (folder / "other.csv").write_text("PatientID,x\nHN-000,1")
    with pytest.raises(StudyRefusedError, match=r"PRO-03.*--table"):
        propose(folder)
    named = propose(folder, table=folder / "clinical.csv", id="PatientID")
    assert read(named, folder.parent).flow["ok"] == N


def test_a_flag_that_speaks_of_an_event_is_no_predictor(folder: Path) -> None:
    text = (folder / "clinical.csv").read_text().splitlines()
    lines = [f"{text[0]},LungMets", *(f"{line},{i % 3 % 2}" for i, line in enumerate(text[1:]))]
    (folder / "clinical.csv").write_text("\n".join(lines))
    columns = propose(folder).document["columns"]
    assert columns["LungMets"]["known"] == "later"
