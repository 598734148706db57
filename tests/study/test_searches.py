"""What a study file can say of a search, and what it refuses by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.fusion import SEARCHABLE, GridModel, SearchModel
from tumorcast.study.load import load
from tumorcast.study.models import build_models
from tumorcast.study.parsimony import events_per_column
from tumorcast.study.plan import Plan, resolve

STUDY = """
study: s
preset: standard
cohort: {table: t.csv, id: id}
columns:
  age: {kind: number, known: baseline}
endpoint: {name: death, event: dead, time: days, time_unit: days, horizons_days: [730]}
"""


def plan_of(folder: Path, arm: str) -> Plan:
    path = folder / "study.yaml"
    path.write_text(f"{STUDY}arms:\n  x: {{blocks: [clinical], {arm}}}\n", encoding="utf-8")
    return resolve(load(path))


def test_a_number_searches_every_parameter_where_the_learner_says(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "learner: svm, search: 12")
    assert plan.arms["x"].search is not None
    assert {key: each.values for key, each in plan.arms["x"].search.parameters.items()} == {
        name: (where.low, where.high) for name, where in SEARCHABLE["svm"].items()
    }
    model = build_models(plan)["x"]
    assert isinstance(model, SearchModel)
    assert model.model.learner == "svm"
    assert model.trials[0] == {}
    assert len(model.trials) == 12
    assert all(set(trial) == {"cost", "gamma"} for trial in model.trials[1:])
    assert build_models(plan)["x"] == model


def test_ranges_and_lists_say_what_is_searched(tmp_path: Path) -> None:
    asked = (
        "{trials: 30, parameters: {n_leaves: [2, 3, 5], min_rows: {from: 4, to: 9}, keep: [1, 2]}}"
    )
    model = build_models(plan_of(tmp_path, f"learner: boosted_trees, search: {asked}"))["x"]
    assert isinstance(model, SearchModel)
    drawn = model.trials[1:]
    assert {trial["n_leaves"] for trial in drawn} == {2, 3, 5}
    assert {trial["keep"] for trial in drawn} == {1, 2}
    assert all(4 <= trial["min_rows"] <= 9 for trial in drawn)
    assert all(isinstance(value, int) for trial in drawn for value in trial.values())


def test_a_searched_number_of_columns_counts_where_events_are_few(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "select: {method: forest, keep: 3, correlation: 0.9}, "
        "search: {trials: 5, parameters: {keep: [2, 9]}}",
    )
    assert not list(events_per_column(plan, 20.0)), "20 events carry 9 columns"
    (finding,) = events_per_column(plan, 10.0)
    assert "up to 9 columns (x 9)" in finding.found


def test_every_pair_of_a_grid_is_searched(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "grid: {learners: [knn, cox]}, search: 4")
    model = build_models(plan)["x"]
    assert isinstance(model, GridModel)
    assert list(model.candidates) == ["forest, knn", "forest, cox"]
    for (name, candidate), names in zip(
        model.candidates.items(), ({"k"}, {"l1_ratio", "penalty"}), strict=True
    ):
        assert isinstance(candidate, SearchModel), name
        assert all(set(trial) == names for trial in candidate.trials[1:])


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        (
            "learner: svm, search: {trials: 9, parameters: {depth: [1, 2]}}",
            r"PLN-20.*names 'depth', which the learner 'svm' does not have.*cost, gamma, keep",
        ),
        (
            "learner: svm, search: {trials: 9, parameters: {cost: {from: 0, to: 3}}}",
            r"PLN-20.*parameters\.cost names 0.*numbers above 0.*from 0\.03 to 30",
        ),
        (
            "learner: knn, search: {trials: 9, parameters: {k: [5, 7.5, 0]}}",
            r"PLN-20.*parameters\.k names 7\.5, 0.*whole numbers from 1",
        ),
        (
            "learner: lda, search: {trials: 9, parameters: {shrinkage: {from: 0.5, to: 1.5}}}",
            r"PLN-20.*names 1\.5.*numbers from 0 to 1",
        ),
        (
            "learner: svm, select: null, search: {trials: 9, parameters: {keep: [5, 10]}}",
            r"PLN-20.*names 'keep', and arms\.x selects nothing",
        ),
        (
            "grid: {learners: [svm, lda]}, search: {trials: 9, parameters: {cost: [1, 2]}}",
            r"PLN-20.*names cost, and arms\.x is a grid",
        ),
        (
            "learner: svm, search: {trials: 9, parameters: {cost: {from: 3, to: 3}}}",
            "a range from 3 to 3 holds nothing to search",
        ),
        (
            "learner: svm, search: {trials: 9, parameters: {cost: [1, 1]}}",
            "a value is named twice",
        ),
        ("learner: svm, search: {trials: 9, parameters: {cost: [1]}}", "at least 2 items"),
        ("learner: svm, search: 1", "greater than or equal to 2"),
        ("learner: svm, search: yes", "should be a valid dictionary"),
        (
            "network: {images: [ct], encoder: cnn3d}, search: 9",
            "a network has no learner",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused(tmp_path: Path, arm: str, words: str) -> None:
    with pytest.raises(StudyRefusedError, match=f"(?s){words}"):
        plan_of(tmp_path, arm)


def test_an_average_is_not_searched(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(f"{STUDY}arms:\n  x: {{average: [clinical], search: 9}}\n", encoding="utf-8")
    with pytest.raises(StudyRefusedError, match="averages others has no blocks"):
        load(path)
