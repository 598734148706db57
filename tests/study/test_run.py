"""A run, from files to a report, with what a hospital's export looks like."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.study.conftest import N_CASES

from tumorcast import study
from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import (
    Geometry,
    Mask,
    Volume,
    read_mask,
    read_volume,
    write_mask,
    write_volume,
)

ARTEFACTS = (
    "plan.json", "quality.json", "features.parquet", "predictions.parquet", "metrics.json",
    "journal.jsonl", "report.html", "run.json", "ledger.parquet", "importance.parquet",
)  # fmt: skip


def image(folder: Path, number: int, suffix: str) -> Path:
    (path,) = folder.glob(f"images/*{number:04d}_{suffix}.nii.gz")
    return path


def case_of(path: Path) -> str:
    return path.name.partition("_")[0]


@pytest.mark.slow
def test_a_run_writes_every_artefact_and_a_second_run_computes_nothing(
    simulated_folder: Path, runs: Path
) -> None:
    first = study.run(simulated_folder / "study.yaml", output=runs / "twice")
    assert {path.name for path in first.run_dir.iterdir()} >= set(ARTEFACTS)
    assert set(first.metrics["arms"]) == {"volume", "clinical", "clinical_volume", "radiomics_pt"}
    for figures in first.metrics["arms"].values():
        for figure in figures.values():
            assert set(figure) >= {"value", "ci_low", "ci_high", "sd_repeats"}
    predictions = pd.read_parquet(first.run_dir / "predictions.parquet")
    assert predictions.groupby(["arm", "repeat"])["case"].nunique().eq(N_CASES).all()
    ledger = pd.read_parquet(first.run_dir / "ledger.parquet")
    assert not ledger["violation"].any()
    assert (first.run_dir / "gallery" / "0.npz").is_file() or any(
        (first.run_dir / "gallery").glob("*.npz")
    )

    second = study.run(simulated_folder / "study.yaml", output=runs / "twice")
    assert second.metrics == first.metrics
    lines = (second.run_dir / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line)["event"] for line in lines]
    again = events[events.index("run finished") + 1 :]
    assert "task cached" in again
    assert "task done" not in again


@pytest.mark.slow
def test_bad_cases_are_excluded_by_name_and_the_others_go_on(
    cohort_folder: Path, runs: Path
) -> None:
    lost = image(cohort_folder, 1, "pt")
    lost.unlink()
    empty = image(cohort_folder, 2, "pt_mask")
    mask = read_mask(empty)
    write_mask(Mask(np.zeros_like(mask.array), mask.geometry), empty)
    elsewhere = image(cohort_folder, 3, "pt_mask")
    mask = read_mask(elsewhere)
    far = Geometry.of_spacing(mask.geometry.shape, mask.geometry.spacing_mm, (5e3, 5e3, 5e3))
    write_mask(Mask(mask.array, far), elsewhere)
    unknown = image(cohort_folder, 4, "pt")
    volume = read_volume(unknown)
    holes = np.where(
        read_mask(image(cohort_folder, 4, "pt_mask")).array, np.nan, volume.array
    ).astype(np.float32)
    write_volume(Volume(holes, volume.geometry, "SUVbw"), unknown)
    torn = image(cohort_folder, 5, "ct")
    torn.write_bytes(torn.read_bytes()[:2000])

    result = study.run(cohort_folder / "study.yaml", output=runs / "bad cases")

    bad = {case_of(path) for path in (lost, empty, elsewhere, unknown, torn)}
    assert result.quality.excluded == bad
    assert result.quality.flow == {
        "in": N_CASES, "ok": N_CASES - 5, "repaired": 0, "excluded": 5, "failed": 0,
    }  # fmt: skip
    for finding in result.quality.findings:
        if finding.consequence == "excluded":
            assert finding.case in bad
            assert finding.fix
            assert finding.file
    predictions = pd.read_parquet(result.run_dir / "predictions.parquet")
    assert set(predictions["case"]) & bad == set()
    assert predictions["case"].nunique() == N_CASES - 5


def test_rows_that_contradict_each_other_exclude_the_case(cohort_folder: Path) -> None:
    table = cohort_folder / "clinical.csv"
    rows = list(csv.reader(table.read_text(encoding="utf-8").splitlines()))
    age = rows[0].index("age")
    twin = list(rows[1])
    twin[age] = "17"
    with table.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(twin)
    quality = study.check(cohort_folder / "study.yaml")
    assert quality.excluded == {rows[1][0]}
    (finding,) = [f for f in quality.findings if f.consequence == "excluded"]
    assert finding.code == "IDS-03"
    assert "'age'" in finding.found


def test_the_same_scan_under_two_ids_refuses_the_study(cohort_folder: Path) -> None:
    first, second = (image(cohort_folder, number, "ct") for number in (1, 2))
    shutil.copyfile(first, second)
    with pytest.raises(StudyRefusedError) as refused:
        study.check(cohort_folder / "study.yaml")
    assert {finding.code for finding in refused.value.findings} == {"IDS-07"}
    assert case_of(first) in str(refused.value)


def test_a_column_known_only_later_is_no_predictor(cohort_folder: Path) -> None:
    path = cohort_folder / "study.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["columns"]["days"] = {"column": "time_days", "kind": "number", "known": "baseline"}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(StudyRefusedError, match="CLN-06"):
        study.check(path)


def test_folds_that_the_events_cannot_fill_are_refused(cohort_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match="VAL-01") as refused:
        study.run(
            cohort_folder / "study.yaml",
            ["validation.folds=20", "radiomics={}", "arms={}"],
            output=tmp_path / "run",
        )
    assert "validation.folds=" in refused.value.findings[0].fix


@pytest.mark.slow
def test_the_null_run_permutes_outcomes(simulated_folder: Path, runs: Path) -> None:
    overrides = ["radiomics={}", "arms={}"]
    path = simulated_folder / "study.yaml"
    null = study.run(path, overrides, output=runs / "null", null=True)
    predictions = pd.read_parquet(null.run_dir / "predictions.parquet")
    permuted = predictions.drop_duplicates("case").set_index("case")["event"].sort_index()
    table = pd.read_csv(simulated_folder / "clinical.csv", index_col="id")
    real = table["event"].loc[permuted.index]
    assert permuted.sum() == real.sum()
    assert permuted.tolist() != real.tolist()
    assert json.loads((null.run_dir / "run.json").read_text())["null"] is True
