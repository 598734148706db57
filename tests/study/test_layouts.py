"""From a folder of images to a report, with no edit but the endpoint."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from tumorcast import study
from tumorcast.errors import StudyRefusedError

N = 12


@pytest.mark.slow
def test_a_tree_of_dicom_files_runs_and_the_second_run_computes_no_feature_again(
    dicom_folder: Any, tmp_path: Path
) -> None:
    lines = ["PatientID,age,relapse,days"]
    for i in range(N):
        patient = f"P{i:02d}"
        ct, _ = dicom_folder.image(patient)
        pt, _ = dicom_folder.image(patient, "PT")
        dicom_folder.rtstruct(patient, ct, ("GTVp", "GTVn1"))
        dicom_folder.rtstruct(patient, pt, ("GTVp", "GTVn1"))
        lines.append(f"{patient},{50 + 7 * i % 20},{i % 2},{100 + i}")
    (dicom_folder.root / "clinical.csv").write_text("\n".join(lines))
    output = tmp_path / "study.yaml"
    study.init(dicom_folder.root, output, event="relapse", time="days")
    overrides = ["validation.folds=2", "validation.repeats=1"]
    assert study.check(output, overrides).flow["in"] == N
    result = study.run(output, overrides, output=tmp_path / "run")
    table = pd.read_parquet(result.run_dir / "features.parquet")
    assert len(table) == N
    assert table.filter(regex=r"^(ct|pt)\.tumor\.original_shape_MeshVolume").notna().all(axis=None)
    assert result.report.is_file()
    study.run(output, overrides, output=tmp_path / "run")
    journal = (result.run_dir / "journal.jsonl").read_text(encoding="utf-8")
    second = journal.split('"run started"')[2]
    assert '"cached": true' in second
    assert '"cached": false' not in second


@pytest.mark.slow
@pytest.mark.real_data
def test_the_archives_patients_are_proposed_and_judged_and_too_few_are_refused(
    real_data: Path, tmp_path: Path
) -> None:
    sarcoma = real_data / "sarcoma"
    output = tmp_path / "study.yaml"
    study.init(
        sarcoma / "dicom",
        output,
        table=sarcoma / "clinical.csv",
        event="mets_event",
        time="dmfs_days",
    )
    cohort = yaml.safe_load(output.read_text(encoding="utf-8"))["cohort"]
    assert cohort["images"] == {"ct": {"unit": "HU"}, "pt": {"unit": "SUVbw"}}
    assert cohort["drawn"] == {"GTV": ["GTV_Mass_CT", "GTV_Mass_PET"]}
    examined = study.examine(output)
    assert examined.quality.flow["in"] == 51
    assert examined.quality.usable == ("STS_003", "STS_010", "STS_012")
    with pytest.raises(StudyRefusedError, match=r"VAL-01.*1 patients with the event and 2 without"):
        study.run(output, output=tmp_path / "run")


def hecktor_of(sarcoma: Path, folder: Path, cases: int) -> Path:
    """Copy the first sarcoma patients into HECKTOR's layout, with the mask drawn on the CT."""
    for one in sorted((sarcoma / "images").iterdir())[:cases]:
        for part, target in {
            "__CT": f"imagesTr/{one.name}__CT",
            "__PT": f"imagesTr/{one.name}__PT",
            "__CT_mask": f"labelsTr/{one.name}",
        }.items():
            path = folder / f"{target}.nii.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(one / f"{one.name}{part}.nii.gz", path)
    shutil.copyfile(sarcoma / "clinical.csv", folder / "clinical.csv")
    return folder


@pytest.mark.slow
@pytest.mark.real_data
def test_hecktors_layout_runs_from_proposal_to_report(real_data: Path, tmp_path: Path) -> None:
    folder = hecktor_of(real_data / "sarcoma", tmp_path / "hecktor", 16)
    output = tmp_path / "study.yaml"
    study.init(folder, output, event="pfs_event", time="pfs_days")
    overrides = ["validation.folds=2", "validation.repeats=1"]
    flow = study.check(output, overrides).flow
    assert (flow["in"], flow["excluded"]) == (51, 35)
    result = study.run(output, overrides, output=tmp_path / "run")
    assert set(result.metrics["arms"]) >= {"volume", "clinical", "radiomics_ct", "radiomics_pt"}
    assert result.report.is_file()
