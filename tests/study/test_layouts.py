"""From a folder of images to a report, with no edit but the endpoint."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
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
    result = study.run(output, [*overrides, "scepticism=false"], output=tmp_path / "run")
    assert result.quality.flow["in"] == N
    table = pd.read_parquet(result.run_dir / "features.parquet")
    assert len(table) == N
    assert table.filter(regex=r"^(ct|pt)\.tumor\.original_shape_MeshVolume").notna().all(axis=None)
    assert result.report.is_file()
    study.run(output, [*overrides, "scepticism=false"], output=tmp_path / "run")
    journal = (result.run_dir / "journal.jsonl").read_text(encoding="utf-8")
    second = journal.split('"run started"')[2]
    assert '"task cached"' in second
    assert '"task done"' not in second


@pytest.mark.slow
def test_lesions_become_regions_and_are_put_together_as_the_study_says(
    tmp_path: Path, write_case: Callable[..., None]
) -> None:
    lines = ["PatientID,age,relapse"]
    for i in range(N):
        labels = (1, 2) if i % 3 else (1,)
        write_case(tmp_path / "h" / f"P{i:02d}__CT.nii.gz", unit="HU", seed=i)
        write_case(tmp_path / "h" / f"P{i:02d}.nii.gz", labels=labels, seed=i)
        lines.append(f"P{i:02d},{50 + 7 * i % 20},{i % 2}")
    (tmp_path / "h" / "clinical.csv").write_text("\n".join(lines))
    output = tmp_path / "study.yaml"
    study.init(tmp_path / "h", output, event="relapse")
    document = yaml.safe_load(output.read_text(encoding="utf-8"))
    document["lesions"] = {
        "nodes": {"of": ["GTVn"], "aggregate": ["maximum", "count"]},
        "tumor": {"aggregate": ["union", "largest", "weighted_mean"]},
    }
    document["radiomics"]["ct"]["regions"] = ["tumor", "GTVp", "nodes"]
    document["crops"] = {"ct": {"spacing_mm": 3, "size_voxels": 16, "window": [-160, 240]}}
    document["embeddings"] = {"ct": {"encoder": "cnn3d", "seed": 5}}
    document["embeddings"]["ct"]["regions"] = ["tumor", "GTVp", "nodes"]
    document["arms"] = {
        "tumor": {"blocks": ["ct.tumor*"]},
        "frozen": {"blocks": ["ct.tumor.cnn3d_*"]},
        "nodes": {"blocks": ["ct.nodes*"]},
        "deep": {"network": {"images": ["ct"], "encoder": "cnn3d", "max_epochs": 1}},
    }
    document["validation"] = {"folds": 2, "repeats": 1, "seed": 1}
    output.write_text(yaml.safe_dump(document), encoding="utf-8")
    result = study.run(output, ["scepticism=false"], output=tmp_path / "run")
    table = pd.read_parquet(result.run_dir / "features.parquet")
    volume = "original_shape_VoxelVolume"
    primary, nodes = table[f"ct.GTVp.{volume}"], table[f"ct.nodes_maximum.{volume}"]
    assert table["ct.nodes_count.lesions"].tolist() == [float(i % 3 > 0) for i in range(N)]
    assert nodes.isna().tolist() == [i % 3 == 0 for i in range(N)]
    assert table[f"ct.tumor_largest.{volume}"].equals(primary)
    pd.testing.assert_series_equal(
        table[f"ct.tumor.{volume}"], primary + nodes.fillna(0), check_names=False
    )
    mean = (primary**2 + nodes.fillna(0) ** 2) / (primary + nodes.fillna(0))
    pd.testing.assert_series_equal(
        table[f"ct.tumor_weighted_mean.{volume}"], mean, check_names=False
    )
    embedding = table[[f"ct.tumor.cnn3d_{number:03d}" for number in range(64)]]
    assert embedding.notna().all(axis=None)
    assert embedding.drop_duplicates().shape == (N, 64)
    seen = table["ct.GTVp.cnn3d_007"] * primary
    seen += (table["ct.nodes_maximum.cnn3d_007"] * nodes).fillna(0)
    together = table["ct.tumor_weighted_mean.cnn3d_007"] * (primary + nodes.fillna(0))
    np.testing.assert_allclose(together, seen, rtol=1e-9)
    assert not np.allclose(table["ct.tumor.cnn3d_007"], table["ct.tumor_weighted_mean.cnn3d_007"])
    assert table["ct.nodes_maximum.cnn3d_007"].isna().tolist() == nodes.isna().tolist()
    assert set(result.metrics["arms"]) >= {"tumor", "frozen", "nodes", "deep"}


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
        study.run(output, ["scepticism=false"], output=tmp_path / "run")


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
    result = study.run(output, [*overrides, "scepticism=false"], output=tmp_path / "run")
    assert set(result.metrics["arms"]) >= {"volume", "clinical", "radiomics_ct", "radiomics_pt"}
    assert result.report.is_file()
