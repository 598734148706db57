from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import FeatureTable, Ledger, ModelInputs, state_digest
from tumorcast.fusion import ClassModel
from tumorcast.fusion.class_average import ClassAverage
from tumorcast.fusion.grid import ClassGridModel
from tumorcast.fusion.search import ClassSearchModel
from tumorcast.validation import FoldTask, Split, run_fold

LEVELS = ("none", "local", "distant")


def training(n: int = 60) -> tuple[ModelInputs, Outcome]:
    rng = np.random.default_rng(0)
    label = np.arange(n) % 3
    frame = pd.DataFrame(
        {
            "ct.tumor.a": rng.normal(size=n) + 2 * (label == 1),
            "ct.tumor.b": rng.normal(size=n) + 2 * (label == 2),
            "ct.tumor.c": rng.normal(size=n),
            "clinical.sex": [["m", "f"][row % 2] for row in range(n)],
        },
        index=pd.Index([f"c{row:02d}" for row in range(n)], dtype=object),
    )
    frame.iloc[3, 2] = np.nan
    inputs = ModelInputs(FeatureTable(frame))
    return inputs, Outcome(inputs.case_ids, label, None, LEVELS)


def fitted(model: ClassModel, inputs: ModelInputs, outcome: Outcome) -> tuple[ClassModel, Ledger]:
    ledger = Ledger()
    fit = model.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=1, ledger=ledger)
    return fit, ledger


@pytest.mark.parametrize("learner", ["logistic", "naive_bayes", "lda"])
def test_classes_are_told_apart_and_the_model_is_its_state(learner: str) -> None:
    inputs, outcome = training()
    model, ledger = fitted(ClassModel(("ct", "clinical"), learner, 3), inputs, outcome)
    probability = model.predict_class_probability(inputs)
    assert probability.sum(axis=1) == pytest.approx(1)
    assert np.mean(probability.argmax(axis=1) == outcome.event) > 0.7
    restored = ClassModel(("ct", "clinical"), learner, 3).restore(model.state())
    assert np.array_equal(restored.predict_class_probability(inputs), probability)
    assert {"ct.tumor.a", "ct.tumor.b"} <= set(model.importance())
    steps = {step.step.rpartition("/")[2] for step in ledger.steps}
    assert {"impute", "one_hot", "scale", "select", "learn", "calibrate"} <= steps


def test_the_order_of_the_rows_does_not_matter() -> None:
    inputs, outcome = training()
    order = np.random.default_rng(1).permutation(len(outcome))
    one = fitted(ClassModel(("ct",)), inputs, outcome)[0]
    other = fitted(ClassModel(("ct",)), inputs.rows(order), outcome.rows(order))[0]
    assert state_digest(one.state()) == state_digest(other.state())


def test_inner_folds_keep_patients_together() -> None:
    inputs, outcome = training()
    patients = tuple(f"p{row // 2:02d}" for row in range(60))
    grouped = ModelInputs(inputs.table, patient_ids=patients)
    _, ledger = fitted(ClassModel(("ct",)), grouped, outcome)
    patient_of = dict(zip(inputs.case_ids, patients, strict=True))
    inner = [step for step in ledger.steps if step.step.startswith("inner_")]
    assert inner
    for step in inner:
        seen = {patient_of[case] for case in step.case_ids}
        left_out = {patient_of[case] for case in set(inputs.case_ids) - set(step.case_ids)}
        assert not seen & left_out


def test_with_too_few_of_a_class_for_inner_folds_the_learner_stands() -> None:
    inputs, outcome = training(9)
    model, ledger = fitted(ClassModel(("ct",), select=None), inputs, outcome)
    assert [finding.code for finding in ledger.findings] == ["CAL-01"]
    assert model.calibration_.slope == 1
    assert model.predict_class_probability(inputs).shape == (9, 3)


def test_training_rows_without_a_class_are_refused() -> None:
    inputs, outcome = training()
    rows = np.flatnonzero(outcome.event != 2)
    with pytest.raises(StudyRefusedError, match=r"END-15.*class distant"):
        fitted(ClassModel(("ct",)), inputs.rows(rows), outcome.rows(rows))


def test_names_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="no learner of classes 'cox'"):
        ClassModel(("ct",), "cox")
    with pytest.raises(ValueError, match="no selector 'best'"):
        ClassModel(("ct",), selector="best")


GOOD = ClassModel(("ct", "clinical"), "naive_bayes", None)
POOR = ClassModel(("ct.tumor.c",), "lda", None)
GRID = ClassGridModel({"poor": POOR, "good": GOOD})


def test_a_grid_keeps_the_candidate_that_tells_classes_apart_best() -> None:
    inputs, outcome = training()
    ledger = Ledger()
    model = GRID.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=1, ledger=ledger)
    assert model.chosen_ == "good"
    alone, _ = fitted(GOOD, inputs, outcome)
    said = model.predict_class_probability(inputs)
    assert np.array_equal(said, alone.predict_class_probability(inputs))
    assert model.importance() == alone.importance()
    each = np.stack([alone.out_of_fold_[case] for case in inputs.case_ids])
    judge = roc_auc_score(outcome.event, each, multi_class="ovr")
    assert model.inner_auroc_["good"] == pytest.approx(judge)
    assert model.inner_auroc_["good"] > model.inner_auroc_["poor"] + 0.2
    assert np.array_equal(GRID.restore(model.state()).predict_class_probability(inputs), said)
    assert "choose good" in {step.step for step in ledger.steps}


def test_without_inner_folds_the_first_candidate_is_taken() -> None:
    inputs, outcome = training(9)
    model = GRID.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=1, ledger=Ledger())
    assert (model.chosen_, model.inner_auroc_["good"]) == ("poor", 0.5)


def test_a_search_chooses_settings_on_the_training_rows_alone() -> None:
    inputs, outcome = training()
    search = ClassSearchModel(
        ClassModel(("ct",), "logistic", 3, selector="univariate"),
        ({"penalty": 1e6, "keep": 3}, {"penalty": 1.0, "keep": 3}),
    )
    split = Split(repeat=0, fold=0, train=np.arange(18, 60), test=np.arange(18))
    frame = inputs.table.frame.copy()
    numbers = frame.columns[frame.dtypes == np.float64]
    frame.loc[frame.index[split.test], numbers] = 1e30
    label = np.where(np.arange(60) < 18, (outcome.event + 1) % 3, outcome.event)
    others = Outcome(outcome.case_ids, label, None, LEVELS)
    for model in (search, ClassGridModel({"searched": search, "plain": GOOD})):
        task = FoldTask("a", model, EVER_DAYS, split, seed=0)
        clean = run_fold(task, inputs, outcome)
        poisoned = run_fold(task, ModelInputs(FeatureTable(frame)), others)
        assert poisoned["steps"] == clean["steps"]
        assert any("choose penalty 1," in step for step, _, _ in clean["steps"])
    found = search.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=1, ledger=Ledger())
    assert found.settings_ == {"penalty": 1.0, "keep": 3}
    restored = search.restore(found.state())
    said = found.predict_class_probability(inputs)
    assert np.array_equal(restored.predict_class_probability(inputs), said)


def test_an_average_is_the_mean_over_the_members_that_a_case_has() -> None:
    inputs, outcome = training()
    frame = inputs.table.frame.copy()
    frame.loc["c00", frame.columns.str.startswith("ct")] = np.nan
    frame.loc["c01"] = np.nan
    inputs = ModelInputs(FeatureTable(frame))
    average = ClassAverage(
        {"ct": ClassModel(("ct",), "lda", None), "sex": ClassModel(("clinical",), "lda", None)}
    )
    model = average.clone().fit(inputs, outcome, horizon_days=EVER_DAYS, seed=4, ledger=Ledger())
    said = model.predict_class_probability(inputs)
    ct, sex = (member.predict_class_probability(inputs) for member in model.members_.values())
    assert said[2:] == pytest.approx((ct[2:] + sex[2:]) / 2)
    assert said[0] == pytest.approx(sex[0])
    assert said[1] == pytest.approx([1 / 3] * 3)
    assert said.sum(axis=1) == pytest.approx(1)
    assert sum(model.importance().values()) == pytest.approx(1)
    assert np.array_equal(average.restore(model.state()).predict_class_probability(inputs), said)
