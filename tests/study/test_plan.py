"""The plan adds the baselines, says who chose what and refuses names that do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.study.load import load
from tumorcast.study.plan import Plan, resolve

TABLE_STUDY = """
study: s
preset: standard
cohort: {table: t.csv, id: id}
columns:
  age: {kind: number, known: baseline}
  relapse: {kind: flag, known: later}
  cm3: {kind: number, known: baseline, block: volume}
endpoint: {name: death, event: dead, time: days, time_unit: days, horizons_days: [730]}
"""


def plan_of(folder: Path, text: str) -> Plan:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return resolve(load(path))


def test_baselines_are_added_unasked(tmp_path: Path) -> None:
    assert set(plan_of(tmp_path, TABLE_STUDY).arms) == {"volume", "clinical", "clinical_volume"}


def test_a_cohort_without_volume_has_the_clinical_baseline_alone(tmp_path: Path) -> None:
    text = TABLE_STUDY.replace("  cm3: {kind: number, known: baseline, block: volume}\n", "")
    assert set(plan_of(tmp_path, text).arms) == {"clinical"}


def test_an_arm_takes_selection_and_learner_from_the_study_unless_it_says_otherwise(
    tmp_path: Path,
) -> None:
    text = TABLE_STUDY + (
        "arms:\n"
        "  a: {blocks: [clinical]}\n"
        "  b: {blocks: [clinical], learner: forest, select: null}\n"
    )
    arms = plan_of(tmp_path, text).arms
    assert arms["a"].learner == "logistic"
    assert arms["a"].select is not None
    assert arms["a"].select.keep == 36
    assert arms["b"].learner == "forest"
    assert arms["b"].select is None


def test_every_value_says_who_chose_it(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, TABLE_STUDY + "validation: {folds: 3}\n")
    origin = {value.key: value.origin for value in plan.values()}
    assert origin["validation.folds"] == "given"
    assert origin["validation.repeats"] == "preset"
    assert origin["arms.volume"] == "from rule"
    assert origin["decision threshold"] == "learned in fold"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("arms: {a: {blocks: [clinical], learner: logistics}}\n", "learner 'logistics'"),
        ("arms: {a: {average: [clinical, deep]}}\n", "arm 'deep'"),
        ("arms: {a: {average: [a]}}\n", "arm 'a'"),
        ("arms: {a: {network: {images: [ct], encoder: swin3d}}}\n", "crop 'ct'"),
        ("radiomics: {ct: {preset: ct-original}}\n", "image 'ct'"),
        ("compare: [[volume, deep]]\n", "arm 'deep'"),
    ],
)
def test_names_that_do_not_exist_are_refused(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(StudyRefusedError, match="PLN-01") as refused:
        plan_of(tmp_path, TABLE_STUDY + lines)
    assert words in str(refused.value)


def test_times_without_a_horizon_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match="PLN-02"):
        plan_of(tmp_path, TABLE_STUDY.replace(", horizons_days: [730]", ""))


def test_a_learner_whose_package_is_not_installed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tumorcast.fusion.boosted_trees.find_spec", lambda _: None)
    with pytest.raises(StudyRefusedError, match=r"PLN-05.*'tumorcast\[boosting\]'"):
        plan_of(tmp_path, f"{TABLE_STUDY}learner: boosted_trees\n")
