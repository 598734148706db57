"""Explaining a finished run: out of the run alone, and with the scans for the maps."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import yaml

from tumorcast import study
from tumorcast.engine import Task
from tumorcast.errors import StudyRefusedError
from tumorcast.study.explaining.explain import _explained, spread_over_risk
from tumorcast.study.explaining.place import scans_of
from tumorcast.study.load import load
from tumorcast.study.plan import resolve


@pytest.fixture(scope="module")
def run_dir(simulated_folder: Path, runs: Path) -> Path:
    """Return a run of tables alone, and of a small network; not to be changed."""
    document = yaml.safe_load((simulated_folder / "study.yaml").read_text(encoding="utf-8"))
    document["crops"] = {"pt": {"spacing_mm": 6.0, "size_voxels": 16, "window": [0, 15]}}
    document["arms"]["deep"] = {
        "network": {"images": ["pt"], "encoder": "cnn3d", "max_epochs": 2}, "repeats": 1,
    }  # fmt: skip
    path = simulated_folder / "networks.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return study.run(path, output=runs / "explained").run_dir


@pytest.fixture
def copied(run_dir: Path, tmp_path: Path) -> Path:
    """Return a copy of the run that a test may spoil."""
    return Path(shutil.copytree(run_dir, tmp_path / "run"))


def test_folds_of_a_network_on_several_devices_are_explained_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queued: list[Task[object]] = []

    def refuse_to_run(tasks: list[Task[object]], **_: object) -> list[object]:
        queued.extend(tasks)
        raise InterruptedError

    here = sys.modules[_explained.__module__]
    monkeypatch.setattr(here, "outcome_of", lambda *_: None)
    monkeypatch.setattr(here, "folds_of", lambda *_: [SimpleNamespace(label="fold 0")])
    monkeypatch.setattr(here, "run_tasks", refuse_to_run)
    devices = {"wide": 2, "narrow": 1}
    kept: Any = SimpleNamespace(plan=SimpleNamespace(devices_of=devices.get), inputs=None)
    files: Any = None
    for arm in devices:
        with pytest.raises(InterruptedError):
            _explained(kept, files, arm, (), 2, lambda *_: None)
    assert [task.alone for task in queued] == [True, False]


@pytest.mark.slow
def test_parts_add_up_and_every_patient_shown_has_a_page(copied: Path) -> None:
    made = study.explain(copied, arm="radiomics_pt", cases=3)
    assert made.folder == copied / "explanations" / "radiomics_pt"
    assert max(made.summary["largest_gap"].values()) < 1e-9
    cases = pd.read_parquet(made.folder / "cases.parquet")
    blocks = pd.read_parquet(made.folder / "blocks.parquet")
    total = cases.set_index("case")["base"] + blocks.groupby("case")["shapley"].sum()
    np.testing.assert_allclose(
        total.sort_index(), cases.set_index("case")["score"].sort_index(), atol=1e-9
    )
    predictions = pd.read_parquet(copied / "predictions.parquet")
    own = predictions[(predictions["arm"] == "radiomics_pt") & (predictions["repeat"] == 0)]
    assert set(cases["case"]) == set(own["case"])
    report = made.report.read_text(encoding="utf-8")
    assert "What the predictions rest on" in report
    pages = sorted((made.folder / "patients").glob("*.html"))
    assert len(pages) == 3
    text = pages[0].read_text(encoding="utf-8")
    assert text.count("the risk</small>") == 5
    assert 'src="http' not in text
    assert f"explanations/radiomics_pt/patients/{pages[0].name}" in report


@pytest.mark.slow
def test_maps_lie_on_the_scans_grid_with_shares_and_tests(
    simulated_folder: Path, copied: Path
) -> None:
    path = simulated_folder / "networks.yaml"
    made = study.explain(copied, arm="deep", study=path, cases=1)
    assert max(made.summary["largest_gap"].values()) < 1e-4
    entries = json.loads((made.folder / "maps.json").read_text(encoding="utf-8"))["maps"]
    assert {entry["method"] for entry in entries} == {"integrated_gradients", "grad_cam"}
    for entry in entries:
        assert abs(sum(entry["shares"].values()) - 1) < 1e-9 or not any(entry["shares"].values())
        assert set(entry["shares"]) >= {"tumor", "elsewhere"}
        assert set(entry["sums"]) == set(entry["shares"])
        failed = max(entry["parameter_similarity"], entry["label_similarity"]) > 0.5
        assert entry["stamp"] == ("failed sanity test" if failed else "")
        stored: Any = nib.load(made.folder / entry["file"])
        scan: Any = nib.load(simulated_folder / "images" / f"{entry['case']}_pt.nii.gz")
        assert stored.shape == scan.shape
        np.testing.assert_allclose(stored.affine, scan.affine, atol=1e-4)
        assert ("FAILED" in stored.header["descrip"].item().decode()) is failed
    page = next((made.folder / "patients").glob("*.html")).read_text(encoding="utf-8")
    assert "Where the network looks" in page


@pytest.mark.slow
def test_models_that_predict_otherwise_are_not_explained(copied: Path) -> None:
    path = copied / "predictions.parquet"
    frame = pd.read_parquet(path)
    frame.loc[frame["arm"] == "clinical", "risk"] += 0.01
    frame.to_parquet(path, index=False)
    with pytest.raises(StudyRefusedError, match="predict otherwise") as caught:
        study.explain(copied, arm="clinical")
    assert caught.value.findings[0].code == "EXP-01"


@pytest.mark.slow
def test_arms_without_models_or_voxels_are_refused(simulated_folder: Path, copied: Path) -> None:
    with pytest.raises(StudyRefusedError, match="no arm 'nothing'"):
        study.explain(copied, arm="nothing")
    with pytest.raises(StudyRefusedError, match="no network") as caught:
        study.explain(copied, arm="clinical", study=simulated_folder / "networks.yaml")
    assert caught.value.findings[0].code == "EXP-03"
    with pytest.raises(StudyRefusedError, match="lacks 1 cases") as caught:
        scans_of(resolve(load(simulated_folder / "networks.yaml")), ["nobody"])
    assert caught.value.findings[0].code == "EXP-04"


def test_shown_cases_are_spread_over_the_risk() -> None:
    risk = pd.Series(np.arange(9.0), index=[f"case {n}" for n in range(9)])
    assert spread_over_risk(risk, 3) == ("case 8", "case 4", "case 0")
    assert len(spread_over_risk(risk, 20)) == 9
    assert spread_over_risk(risk, 0) == ()
