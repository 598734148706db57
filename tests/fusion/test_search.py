"""Settings are chosen on the training rows, in inner folds, and never lose the defaults."""

from __future__ import annotations

import numpy as np
import pytest
from tests.fusion.conftest import MakeCohort

from tumorcast.cohort import EVER_DAYS, BinaryTarget, Outcome
from tumorcast.features import FeatureTable, Ledger, ModelInputs, state_digest
from tumorcast.fusion import GridModel, SearchModel, TabularModel
from tumorcast.fusion.inner import inner_splits
from tumorcast.fusion.search_space import draw_trials
from tumorcast.metrics import auroc, c_index
from tumorcast.validation import FoldTask, Split, run_fold

BLOCKS = ("ct", "pt", "clinical")
KNN = SearchModel(TabularModel(BLOCKS, "knn", None), ({}, {"k": 1}, {"k": 40}))
"""One neighbour knows little, forty much."""


def fitted(
    model: SearchModel, inputs: ModelInputs, outcome: Outcome, horizon_days: float = EVER_DAYS
) -> SearchModel:
    ledger = Ledger()
    return model.clone().fit(inputs, outcome, horizon_days=horizon_days, seed=0, ledger=ledger)


def test_the_best_settings_are_chosen_and_predict(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(n=150)
    model = fitted(SearchModel(KNN.model, ({"k": 1}, {"k": 40})), inputs, outcome)
    assert model.settings_ == {"k": 40}
    assert model.inner_scores_[1] > model.inner_scores_[0] + 0.05
    alone = TabularModel(BLOCKS, "knn", None, settings={"k": 40})
    alone.fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())
    assert np.array_equal(model.predict_risk(inputs), alone.predict_risk(inputs))
    assert model.threshold == alone.threshold
    assert model.importance() == alone.importance()
    assert model.out_of_fold_ == alone.out_of_fold_
    assert model.covers(inputs).all()


@pytest.mark.parametrize("learner", ["svm", "logistic"])
def test_a_trial_is_judged_as_if_it_were_done_by_hand(
    make_cohort: MakeCohort, learner: str
) -> None:
    """The mean AUROC over inner folds, each scored by a line fitted without it."""
    inputs, outcome = make_cohort(n=80, columns=2)
    model = fitted(SearchModel(TabularModel(BLOCKS, learner, None), ({},)), inputs, outcome)
    target = BinaryTarget(outcome.event, np.ones(80))
    areas = []
    for number, (rows, held_out) in enumerate(
        inner_splits(target, inputs.groups, n_folds=5, seed=0)
    ):
        line = TabularModel(BLOCKS, learner, None)
        part = (inputs.rows(rows), outcome.rows(rows))
        line.fit(*part, horizon_days=EVER_DAYS, seed=1 + number, ledger=Ledger())
        said = line.learner_.predict_probability(
            line.preparation_.matrix(inputs.rows(held_out).table)
        )
        areas.append(auroc(outcome.event[held_out], said))
    assert model.inner_scores_ == pytest.approx([np.mean(areas)])


def test_a_learner_on_times_is_judged_by_concordance(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(n=80, columns=2, censored=True)
    assert outcome.time_days is not None
    trials = ({"penalty": 0.05}, {"penalty": 1e3})
    model = fitted(SearchModel(TabularModel(BLOCKS, "cox", None), trials), inputs, outcome, 500.0)
    assert model.settings_ == {"penalty": 0.05}
    assert model.inner_scores_[1] == 0.5  # nothing is left of any column
    risk = model.predict_risk(inputs)
    assert c_index(outcome.event, outcome.time_days, risk) > model.inner_scores_[0] > 0.6


def test_of_equals_and_without_inner_folds_the_defaults_are_taken(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(n=40)
    twins = SearchModel(TabularModel(BLOCKS, "lda", None), ({}, {"shrinkage": 1.0}, {}))
    assert fitted(SearchModel(twins.model, twins.trials[::2]), inputs, outcome).settings_ == {}
    few = Outcome(outcome.case_ids, (np.arange(40) < 2).astype(np.int64))
    assert fitted(twins, inputs, few).settings_ == {}


def test_the_number_of_columns_can_be_searched(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(n=80)
    model = TabularModel(("ct", "pt"), "logistic", 8, selector="univariate")
    found = fitted(SearchModel(model, ({"keep": 1}, {"keep": 2})), inputs, outcome)
    assert found.settings_ == {"keep": 2}
    assert set(found.importance()) == {"ct.tumor.f0", "pt.tumor.f0"}


def test_the_state_is_the_whole_model(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(n=80)
    search = SearchModel(
        TabularModel(BLOCKS, "svm", 8, selector="univariate"),
        ({}, {"cost": 0.1, "keep": 5}, {"gamma": 3.1, "keep": 2}),
    )
    for model in (search, GridModel({"forest, svm": search, "forest, knn": KNN})):
        learned = model.clone().fit(
            inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger()
        )
        restored = model.restore(learned.state())
        assert state_digest(restored.state()) == state_digest(learned.state())
        assert np.array_equal(
            restored.predict_probability(inputs), learned.predict_probability(inputs)
        )


def test_poisoned_test_rows_change_neither_the_choice_nor_what_was_learned(
    make_cohort: MakeCohort,
) -> None:
    inputs, outcome = make_cohort(n=90)
    split = Split(repeat=0, fold=0, train=np.arange(30, 90), test=np.arange(30))
    trials = draw_trials({"cost": [0.01, 1, 100], "keep": [2, 6]}, 5, seed=1)
    searched = SearchModel(TabularModel(BLOCKS, "svm", 8, selector="univariate"), trials)
    grid = GridModel({"svm": searched, "knn": KNN})
    frame = inputs.table.frame.copy()
    numbers = frame.columns[frame.dtypes == np.float64]
    frame.loc[frame.index[split.test], numbers] = 1e30
    others = Outcome(
        outcome.case_ids, np.where(np.arange(90) < 30, 1 - outcome.event, outcome.event)
    )
    for model in (searched, grid):
        task = FoldTask("a", model, EVER_DAYS, split, seed=0)
        clean = run_fold(task, inputs, outcome)
        poisoned = run_fold(task, ModelInputs(FeatureTable(frame)), others)
        assert poisoned["steps"] == clean["steps"]
        assert poisoned["threshold"] == clean["threshold"]
        assert any(step.rpartition("/")[2].startswith("choose ") for step, _, _ in clean["steps"])


def test_the_same_seed_chooses_alike_whatever_the_order_of_the_rows(
    make_cohort: MakeCohort,
) -> None:
    inputs, outcome = make_cohort(n=60)
    trials = ({"n_bags": 3}, {"n_bags": 3, "association": 0.4})
    search = SearchModel(TabularModel(BLOCKS, "icare", None), trials)
    once = state_digest(fitted(search, inputs, outcome).state())
    order = np.random.default_rng(1).permutation(60)
    assert state_digest(fitted(search, inputs.rows(order), outcome.rows(order)).state()) == once
