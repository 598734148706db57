"""An endpoint of several classes from the study file to the report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tumorcast.errors import StudyRefusedError
from tumorcast.study import load
from tumorcast.study.explaining.explain import explain
from tumorcast.study.kept import read_kept
from tumorcast.study.locked.bundling import bundle
from tumorcast.study.plan import resolve
from tumorcast.study.run import run
from tumorcast.validation import Predictions

LEVELS = ["complete", "partial", "stable or worse"]
STUDY = """
study: response
preset: standard
cohort: {table: t.csv, id: id, centre: hospital}
columns:
  age: {kind: number, known: baseline}
  marker: {kind: number, known: baseline, block: lab}
  weight: {kind: number, known: baseline}
endpoint:
  name: response
  classes:
    column: response
    levels: {complete: [CR], partial: [PR], stable or worse: [SD, PD]}
arms:
  bayes: {blocks: [clinical, lab], learner: naive_bayes, select: null}
  best:
    blocks: [lab]
    select: null
    grid: {learners: [naive_bayes, lda]}
    search: 2
  both: {average: [bayes, best]}
validation: {folds: 2, repeats: 2, seed: 1}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("response")
    rng = np.random.default_rng(0)
    response = [["CR", "PR", "SD", "PD"][row % 4] for row in range(48)]
    shift = {"CR": 0.0, "PR": 1.2, "SD": 2.4, "PD": 2.4}
    table = pd.DataFrame(
        {
            "id": [f"c{row:02d}" for row in range(48)],
            "hospital": ["north", "south"] * 24,
            "age": rng.normal(60, 9, 48).round(),
            "marker": [round(rng.normal(shift[one]), 2) for one in response],
            "weight": rng.normal(75, 9, 48).round(),
            "response": response,
        }
    )
    table.loc[5, "response"] = "not evaluable"
    table.to_csv(folder / "t.csv", index=False)
    path = folder / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run_dir(study: Path) -> Path:
    return run(study, output=study.parent / "run").run_dir


def test_the_run_says_how_well_each_class_is_told_apart(run_dir: Path) -> None:
    metrics = json.loads((run_dir / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["levels"] == LEVELS
    assert metrics["arms"]["bayes"]["auroc"]["value"] > 0.7
    assert set(metrics["by_class"]["bayes"]) == set(LEVELS)
    assert np.sum(metrics["confusion"]["bayes"]) == pytest.approx(47)
    predictions = Predictions.read(run_dir / "predictions.parquet")
    assert list(predictions.levels) == LEVELS
    quality = json.loads((run_dir / "quality.json").read_text(encoding="utf-8"))
    excluded = [f for f in quality["findings"] if f["code"] == "END-13"]
    assert [finding["case"] for finding in excluded] == ["c05"]


def test_the_report_speaks_of_classes_and_of_no_event(run_dir: Path) -> None:
    page = (run_dir / "report.html").read_text(encoding="utf-8")
    for words in (
        "Prediction of response in 3 classes",
        "Mean AUROC over the classes of both",
        "Each class by itself, both.",
        "Called stable or worse",
        "The analysed cases by class.",
        "response was complete in 12, partial in 11 and stable or worse in 24",
        "stratified by the class",
        "11 cases of the rarest class for",
        "both, the mean of the calibrated risks of bayes and best",
        "What best chose.",
    ):
        assert words in page
    for words in ("Events among", "had the event", "decision threshold", "by what happened"):
        assert words not in page


def test_what_is_kept_of_a_run_has_the_classes(run_dir: Path) -> None:
    kept = read_kept(run_dir)
    assert list(kept.outcome.levels) == LEVELS
    assert np.bincount(kept.outcome.event).tolist() == [12, 11, 24]


def test_models_of_classes_are_not_locked(run_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"BND-09.*has 3 classes"):
        bundle(run_dir, tmp_path / "bundle")


def test_predictions_of_classes_are_not_explained(run_dir: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"EXP-05.*has 3 classes"):
        explain(run_dir)


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        (
            "{average: [bayes, clinical], weighting: stacked}",
            r"PLN-13.*arms\.x is an average that weighs its arms",
        ),
        (
            "{network: {images: [ct], encoder: cnn3d, endpoint: cox}}",
            r"PLN-13.*arms\.x is a network with an endpoint of its own",
        ),
        ("{blocks: [lab], learner: cox}", r"PLN-07.*arms\.x asks for the learner 'cox'"),
    ],
)
def test_arms_that_cannot_learn_classes_are_refused_by_name(
    study: Path, arm: str, words: str
) -> None:
    path = study.with_name("other.yaml")
    path.write_text(STUDY.replace("arms:\n", f"arms:\n  x: {arm}\n"), encoding="utf-8")
    with pytest.raises(StudyRefusedError, match=words):
        resolve(load(path))


@pytest.mark.slow
def test_a_network_of_scans_tells_classes_too(cohort_folder: Path) -> None:
    table = pd.read_csv(cohort_folder / "clinical.csv", dtype=str)
    table["response"] = np.array(LEVELS)[np.arange(len(table)) % 3]
    table.to_csv(cohort_folder / "clinical.csv", index=False)
    document = yaml.safe_load((cohort_folder / "study.yaml").read_text(encoding="utf-8"))
    document["endpoint"] = {
        "name": "response", "classes": {"column": "response", "levels": LEVELS},
    }  # fmt: skip
    document["radiomics"] = {}
    document["crops"] = {"pt": {"spacing_mm": 6.0, "size_voxels": 16, "window": [0, 15]}}
    network = {"images": ["pt"], "encoder": "cnn3d", "max_epochs": 2}
    document["arms"] = {"deep": {"network": network, "blocks": ["clinical"]}}
    document["validation"] = {"folds": 2, "repeats": 1, "seed": 1}
    path = cohort_folder / "study.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    made = run(path, output=cohort_folder / "run")
    assert 0 <= made.metrics["arms"]["deep"]["auroc"]["value"] <= 1
    deep = Predictions.read(made.run_dir / "predictions.parquet").frame.query("arm == 'deep'")
    assert deep.groupby("case")["probability"].sum().to_numpy() == pytest.approx(1)
    page = made.report.read_text(encoding="utf-8")
    assert "deep, a cnn3d network on PT" in page
