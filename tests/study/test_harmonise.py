"""Harmonisation between centres, from the study file to the report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumorcast import study
from tumorcast.errors import StudyRefusedError
from tumorcast.study.harmonise import centre_findings
from tumorcast.study.load import load
from tumorcast.study.plan import resolve
from tumorcast.validation import Split

STUDY = """
study: two-hospitals
preset: standard
cohort: {table: t.csv, id: id, centre: hospital}
columns:
  age: {kind: number, known: baseline}
  cga: {kind: number, known: baseline, block: lab}
  ldh: {kind: number, known: baseline, block: lab}
endpoint: {name: relapse, event: event}
arms:
  plain: {blocks: [lab], select: null}
  harmonised:
    blocks: [lab]
    select: null
    harmonise: {blocks: [lab], unseen: as_is, min_rows: 5, scale: log, covariates: [clinical.age]}
validation: {folds: 2, repeats: 1, seed: 1}
"""


def written(folder: Path, hospitals: str, text: str = STUDY) -> Path:
    """Write 40 patients of these hospitals, in turn, of whom those of B are measured otherwise."""
    random = np.random.default_rng(0)
    n = 40
    event = (random.random(n) < 0.5).astype(int)
    hospital = np.array([hospitals[number % len(hospitals)] for number in range(n)])
    values = random.normal(size=(n, 2)) + event[:, np.newaxis]
    values[hospital == "B"] += 4
    frame = pd.DataFrame(
        {"id": [f"p{number}" for number in range(n)], "hospital": hospital, "event": event}
    ).assign(age=random.integers(40, 80, n), cga=values[:, 0], ldh=values[:, 1])
    frame.to_csv(folder / "t.csv", index=False)
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_harmonised_arm_is_planned_run_and_reported(tmp_path: Path) -> None:
    found = study.run(
        written(tmp_path, "AAAAAABBBBBC"), ["scepticism=false"], output=tmp_path / "run"
    )
    arms = found.metrics["arms"]
    assert arms["harmonised"]["auroc"]["value"] > arms["plain"]["auroc"]["value"]
    plan = json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))
    assert plan["arms"]["harmonised"]["harmonise"]["covariates"] == ["clinical.age"]
    assert "effects of the centres" in [value["key"] for value in plan["values"]]
    (warned,) = [f for f in found.quality.findings if f.code == "HRM-03"]
    assert "(C 3): their values are left as they are" in warned.found
    steps = pd.read_parquet(tmp_path / "run" / "ledger.parquet")
    assert steps.loc[steps["arm"] == "harmonised", "step"].str.endswith("harmonise").any()
    text = found.report.read_text(encoding="utf-8")
    assert "harmonised between centres by ComBat" in text
    assert "positive columns on the scale of logarithms" in text
    assert "keeping the effect of clinical.age" in text
    locked = study.bundle(tmp_path / "run", tmp_path / "bundle", arm="harmonised").folder
    shifted = {hospital: predicted(locked, tmp_path / hospital, hospital) for hospital in "AB"}
    np.testing.assert_allclose(shifted["A"].mean(), shifted["B"].mean(), atol=0.15)
    new = predicted(locked, tmp_path / "Z", "Z")
    assert new.notna().all()
    assert not np.allclose(new, shifted["A"])


def predicted(locked: Path, folder: Path, hospital: str) -> pd.Series[float]:
    """Return the probabilities of 40 patients of one hospital."""
    folder.mkdir()
    return study.predict(locked, written(folder, hospital)).table["probability"]


def test_a_study_with_one_large_centre_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        StudyRefusedError, match=r"HRM-01.*1 of 2 centres with 5 cases.*A 1\d, B \d\)"
    ):
        study.check(written(tmp_path, "AAAAAAAAAB"))


FOLDS = "{folds: 2, repeats: 1, seed: 1}"
APART = "{centres: leave_one_out}"


@pytest.mark.parametrize(
    ("centres", "found"),
    [
        (APART, r"1 of 1 centres with 5 cases .* tested on A \(B 20\)"),
        ("{centres: {train: [A], test: [B]}}", r"1 of 1 centres .* tested on B \(A 20\)"),
    ],
)
def test_a_training_side_of_one_centre_is_refused(tmp_path: Path, centres: str, found: str) -> None:
    path = written(tmp_path, "AB", STUDY.replace(FOLDS, centres))
    with pytest.raises(StudyRefusedError, match=rf"HRM-01.*{found}.*nothing to harmonise"):
        study.check(path)


@pytest.mark.parametrize("centres", [APART, "{centres: {train: [A, B], test: [C]}}"])
def test_missing_values_of_everyone_who_is_tested_are_refused(tmp_path: Path, centres: str) -> None:
    text = STUDY.replace(FOLDS, centres).replace("as_is", "missing")
    with pytest.raises(StudyRefusedError, match=r"HRM-04.*unseen is 'missing'"):
        study.check(written(tmp_path, "ABC", text))


def test_tested_centres_that_are_not_learned_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, "ABC", STUDY.replace(FOLDS, APART))
    (told,) = [f for f in study.check(path).findings if f.code == "HRM-03"]
    assert told.consequence == "warning"
    assert "(A 14, B 13, C 13): their values are left as they are" in told.found
    assert "in 40 of 40 predictions" in told.found


@pytest.mark.parametrize(("learned", "code"), [((4, 6), "HRM-01"), ((5, 5), None)])
def test_every_training_side_is_judged_by_itself(
    tmp_path: Path, learned: tuple[int, int], code: str | None
) -> None:
    """Ten of A and ten of B, of whom the two sides learn from five each or from four and six."""
    arms = resolve(load(written(tmp_path, "AB"))).arms
    rows = np.arange(20)
    sides = [np.concatenate([rows[:5], rows[10 : 10 + n]]) for n in learned]
    splits = [Split(0, fold, side, np.setdiff1d(rows, side)) for fold, side in enumerate(sides)]
    found = centre_findings(arms, ["A"] * 10 + ["B"] * 10, splits)
    assert [finding.code for finding in found] == ([code] if code else [])


def test_undeclared_centres_and_covariates_are_refused(tmp_path: Path) -> None:
    text = STUDY.replace(", centre: hospital", "").replace("[clinical.age]", "[clinical.sex]")
    path = written(tmp_path, "AB", text)
    with pytest.raises(StudyRefusedError, match=r"PLN-09.*cohort\.centre") as refused:
        resolve(load(path))
    assert "names the column 'clinical.sex'" in str(refused.value)


def test_an_average_has_nothing_to_harmonise(tmp_path: Path) -> None:
    text = STUDY.replace("    blocks: [lab]\n    select: null\n", "    average: [plain]\n")
    with pytest.raises(StudyRefusedError, match="averages others"):
        load(written(tmp_path, "AB", text))
