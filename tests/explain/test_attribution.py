"""Attributions of fitted models: they add up, and agree with closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tumorcast.cohort import Outcome
from tumorcast.explain.additive import additive_explainer
from tumorcast.explain.attribution import Explainer
from tumorcast.explain.shapley import exact_shapley
from tumorcast.features import Ledger, ModelInputs
from tumorcast.fusion import GridModel, LateFusion, TabularModel
from tumorcast.validation import OutcomeModel

Made = tuple[ModelInputs, Outcome]
BLOCKS = ("ct", "pt", "clinical")


def fitted(model: OutcomeModel, cohort: Made) -> Explainer:
    inputs, outcome = cohort
    rows = np.arange(60)
    model.fit(inputs.rows(rows), outcome.rows(rows), horizon_days=np.inf, seed=1, ledger=Ledger())
    return Explainer(model, inputs, np.arange(0, 60, 5) + 1, seed=2)


LATE = LateFusion(
    {"a": TabularModel(("ct",), select=None), "b": TabularModel(("clinical",), select=None)}
)
MODELS: dict[str, tuple[OutcomeModel, str]] = {
    "logistic": (TabularModel(BLOCKS, select=None), "linear"),
    "forest": (TabularModel(BLOCKS, "forest", select=4), "trees, carried to log-odds"),
    "boosted_trees": (TabularModel(BLOCKS, "boosted_trees", select=None), "trees"),
    "adaboost": (TabularModel(BLOCKS, "adaboost", select=None), "trees"),
    "lda": (TabularModel(BLOCKS, "lda", select=None), "linear"),
    "svm": (TabularModel(BLOCKS, "svm", select=None), "sampled"),
    "few": (TabularModel(("clinical",), "naive_bayes", select=None), "exact"),
    "late": (LATE, "linear"),
    "grid": (GridModel({"one": TabularModel(("ct",), select=None)}), "linear"),
}


@pytest.mark.parametrize("name", MODELS)
def test_blocks_and_columns_add_up_to_the_score(name: str, cohort: Made) -> None:
    model, method = MODELS[name]
    explainer = fitted(model.clone(), cohort)
    score = explainer.model.predict_risk(explainer.inputs)
    for case in (62, 65, 71):
        blocks, columns = explainer.blocks(case), explainer.columns(case)
        assert columns.method == method
        assert abs(blocks.base + blocks.values.sum() - score[case]) < 1e-9
        assert abs(columns.base + columns.values.sum() - score[case]) < 1e-9
        assert abs(blocks.base - columns.base) < 1e-9
        assert {explainer.block_of(column) for column in columns.names} <= {
            *explainer.block_names, "pt",
        }  # fmt: skip


def test_a_linear_models_blocks_are_coefficient_times_distance_from_the_mean(cohort: Made) -> None:
    explainer = fitted(TabularModel(("ct", "clinical"), select=None), cohort)
    model, table = explainer.model, explainer.inputs.table
    assert isinstance(model, TabularModel)
    prepared = model.preparation_.transform(table).frame
    weights = model.calibration_.slope * model.learner_.coefficients_[1:]  # type: ignore[union-attr]
    parts = weights * (prepared.iloc[70] - prepared.iloc[explainer.background].mean())
    block = [name.rpartition(".")[0] for name in prepared.columns]
    found = explainer.blocks(70)
    expected = parts.groupby(block).sum()
    assert explainer.block_names == ("ct.tumor", "ct.rim", "clinical")
    np.testing.assert_allclose(found.values, expected[list(explainer.block_names)], atol=1e-9)


def test_the_column_that_decides_has_the_largest_part(cohort: Made) -> None:
    explainer = fitted(TabularModel(BLOCKS, "forest", select=None), cohort)
    total: dict[str, float] = {}
    for case in range(60, 90):
        columns = explainer.columns(case)
        for name, value in zip(columns.names, columns.values, strict=True):
            total[name] = total.get(name, 0.0) + abs(value)
    assert max(total, key=lambda name: total[name]) == "ct.tumor.f0"


def test_the_rescaled_values_of_a_forest_are_near_those_of_all_coalitions(cohort: Made) -> None:
    explainer = fitted(TabularModel(("ct.tumor", "clinical"), "forest", select=None), cohort)
    for case in (61, 75, 88):
        exact = explainer._played(case, explainer.used, 8)
        carried = explainer.columns(case)
        by_name = dict(zip(carried.names, carried.values, strict=True))
        ours = np.array([by_name[name] for name in explainer.used.names])
        assert np.abs(ours - exact.values).max() < 0.1 * np.abs(exact.values).max()


def test_a_case_without_a_members_block_is_explained_by_sampling(cohort: Made) -> None:
    members = {"ct": TabularModel(("ct",), select=None), "pt": TabularModel(("pt",), select=None)}
    explainer = fitted(LateFusion(members), cohort)
    explainer = replace(explainer, background=np.array([1, 2, 3, 4, 6, 7]))
    with_pet, without = explainer.columns(61), explainer.columns(65)
    assert (with_pet.method, without.method) == ("linear", "sampled")
    score = explainer.model.predict_risk(explainer.inputs)[65]
    assert abs(without.base + without.values.sum() - score) < 1e-9


def test_many_blocks_are_taken_together_by_source(
    cohort: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tumorcast.explain.looked_at.MAX_BLOCKS", 3)
    explainer = fitted(TabularModel(BLOCKS, select=None), cohort)
    assert explainer.block_names == ("ct", "pt", "clinical")
    assert explainer.block_of("ct.rim.f1") == "ct"


def test_survival_learners_have_no_sum(cohort: Made) -> None:
    model = TabularModel(("clinical",), "cox", select=None)
    inputs, outcome = cohort
    times = np.random.default_rng(0).uniform(10, 900, len(inputs))
    model.fit(
        inputs, replace(outcome, time_days=times), horizon_days=365.0, seed=1, ledger=Ledger()
    )
    background = np.arange(10)
    assert additive_explainer(model, inputs, background) is None
    explainer = Explainer(model, inputs, background, seed=0)
    found = explainer.columns(50)
    assert abs(found.base + found.values.sum() - explainer.score(50)) < 1e-9
    assert found.names == ("clinical.age", "clinical.sex")


def test_one_player_takes_all() -> None:
    found = exact_shapley(lambda taken, _: np.zeros(len(taken)), 1, 3, 2.0)
    assert (found.base, found.values.tolist()) == (0.0, [2.0])
