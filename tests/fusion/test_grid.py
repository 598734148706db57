"""The choice among selectors and learners happens on the training rows, in inner folds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.fusion.conftest import MakeCohort

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import FeatureTable, Ledger, ModelInputs, state_digest
from tumorcast.fusion import GridModel, TabularModel
from tumorcast.validation import Design, FoldTask, Split, cross_validate, run_fold

GOOD = TabularModel(("ct", "pt", "clinical"), "logistic", None)
POOR = TabularModel(("ct.tumor.f3",), "logistic", None)
GRID = GridModel({"poor": POOR, "good": GOOD})


def fitted(model: GridModel, inputs: ModelInputs, outcome: Outcome) -> GridModel:
    return model.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())


def test_the_better_candidate_is_chosen_and_predicts(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(n=120)
    model = fitted(GRID, inputs, outcome)
    assert model.chosen_ == "good"
    assert model.inner_auroc_["good"] > 0.7 > model.inner_auroc_["poor"]
    alone = GOOD.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger())
    assert np.array_equal(model.predict_risk(inputs), alone.predict_risk(inputs))
    assert model.threshold == alone.threshold
    assert model.importance() == alone.importance()


def test_of_equals_and_without_inner_folds_the_first_is_taken(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(n=40)
    twins = GridModel({"first": GOOD, "second": GOOD})
    assert fitted(twins, inputs, outcome).chosen_ == "first"
    few = Outcome(outcome.case_ids, (np.arange(40) < 2).astype(np.int64))
    assert fitted(GRID, inputs, few).chosen_ == "poor"


def test_the_state_is_the_whole_model(make_cohort: MakeCohort) -> None:
    inputs, outcome = make_cohort(n=80)
    model = fitted(GRID, inputs, outcome)
    restored = GRID.restore(model.state())
    assert state_digest(restored.state()) == state_digest(model.state())
    assert np.array_equal(restored.predict_probability(inputs), model.predict_probability(inputs))


def test_poisoned_test_rows_change_neither_the_choice_nor_what_was_learned(
    make_cohort: MakeCohort,
) -> None:
    inputs, outcome = make_cohort(n=90)
    split = Split(repeat=0, fold=0, train=np.arange(30, 90), test=np.arange(30))
    task = FoldTask("grid", GRID, EVER_DAYS, split, seed=0)
    frame = inputs.table.frame.copy()
    numbers = frame.columns[frame.dtypes == np.float64]
    frame.loc[frame.index[split.test], numbers] = 1e30
    clean = run_fold(task, inputs, outcome)
    poisoned = run_fold(task, ModelInputs(FeatureTable(frame)), outcome)
    assert poisoned["steps"] == clean["steps"]
    assert poisoned["threshold"] == clean["threshold"]
    assert "choose good" in {step for step, _, _ in clean["steps"]}


@pytest.mark.slow
def test_choosing_among_many_on_noise_stays_at_chance() -> None:
    """The best of four on noise looks good in inner folds and must not in outer ones."""
    random = np.random.default_rng(0)
    grid = GridModel(
        {
            f"{selector}, {learner}": TabularModel(("a",), learner, 5, 0.9, selector)
            for selector in ("univariate", "mrmr")
            for learner in ("logistic", "lda")
        }
    )
    inner, outer = [], []
    for seed in range(8):
        label = (random.permutation(100) < 40).astype(np.int64)
        index = [f"c{row:03d}" for row in range(100)]
        values = random.normal(size=(100, 30))
        frame = pd.DataFrame(values, index, [f"a.x{j}" for j in range(30)])
        inputs, outcome = ModelInputs(FeatureTable(frame)), Outcome(tuple(index), label)
        found = cross_validate(
            {"grid": grid}, inputs, outcome, Design(2, 1, seed), horizons_days=[EVER_DAYS]
        )
        risk = found.predictions.frame
        pairs = np.subtract.outer(
            risk.risk[risk.event == 1].to_numpy(), risk.risk[risk.event == 0].to_numpy()
        )
        outer.append(np.mean(pairs > 0))
        inner.append(max(fitted(grid, inputs, outcome).inner_auroc_.values()))
    assert np.mean(inner) > 0.53
    assert np.mean(outer) == pytest.approx(0.5, abs=0.05)
