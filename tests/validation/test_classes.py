from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, roc_auc_score

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import StudyRefusedError
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.fusion import ClassModel
from tumorcast.validation import (
    ByCentre,
    Design,
    Predictions,
    cross_validate,
    evaluate,
    make_splits,
    permuted,
    plan_validation,
)

LEVELS = ("none", "local", "distant")


def predictions_of(
    label: NDArray[np.int64], arms: dict[str, NDArray[np.float64]], levels: Sequence[str] = LEVELS
) -> Predictions:
    """Return predictions of one fold and repeat from probabilities of shape (n, classes)."""
    rows = [
        {
            "case": f"c{case:03d}", "patient": f"c{case:03d}", "centre": "", "arm": arm,
            "repeat": 0, "fold": 0, "horizon_days": EVER_DAYS, "risk": value, "probability": value,
            "event": int(label[case] == number), "time": np.nan, "threshold": np.nan,
            "class": level,
        }
        for arm, probability in arms.items()
        for case, of_case in enumerate(probability.tolist())
        for number, (level, value) in enumerate(zip(levels, of_case, strict=True))
    ]  # fmt: skip
    return Predictions(pd.DataFrame(rows))


def inputs_of(values: NDArray[np.float64]) -> ModelInputs:
    index = pd.Index([f"c{row:03d}" for row in range(len(values))], dtype=object)
    names = [f"ct.tumor.x{column}" for column in range(values.shape[1])]
    return ModelInputs(FeatureTable(pd.DataFrame(values, index, names)))


def outcome_of(label: NDArray[np.int64]) -> Outcome:
    return Outcome(tuple(f"c{row:03d}" for row in range(len(label))), label, None, LEVELS)


def test_the_figures_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    label = np.arange(80) % 3
    probability = rng.dirichlet(np.ones(3), size=80) + 0.4 * np.eye(3)[label]
    probability /= probability.sum(axis=1, keepdims=True)
    metrics = evaluate(predictions_of(label, {"a": probability}), n_resamples=200)
    found = metrics["arms"]["a"]
    macro = roc_auc_score(label, probability, multi_class="ovr")
    called = probability.argmax(axis=1)
    assert found["auroc"]["value"] == pytest.approx(macro)
    assert found["log_loss"]["value"] == pytest.approx(log_loss(label, probability))
    assert found["accuracy"]["value"] == pytest.approx(accuracy_score(label, called))
    for figures in found.values():
        assert figures["ci_low"] < figures["value"] < figures["ci_high"]
    assert metrics["levels"] == list(LEVELS)
    assert metrics["confusion"]["a"] == confusion_matrix(label, called).tolist()
    local = metrics["by_class"]["a"]["local"]
    assert local["auroc"]["n_events"] == (label == 1).sum()
    expected = roc_auc_score(label == 1, probability[:, 1])
    assert local["auroc"]["value"] == pytest.approx(expected)


def test_arms_are_compared_by_the_mean_auroc_over_the_classes() -> None:
    rng = np.random.default_rng(1)
    label = np.arange(90) % 3
    good = np.eye(3)[label] + rng.random((90, 3))
    poor = rng.random((90, 3))
    arms = {name: p / p.sum(axis=1, keepdims=True) for name, p in (("good", good), ("poor", poor))}
    metrics = evaluate(predictions_of(label, arms), baselines=("poor",), n_resamples=200)
    (test,) = metrics["comparisons"]
    values = {arm: metrics["arms"][arm]["auroc"]["value"] for arm in arms}
    assert (test["arm"], test["reference"]) == ("good", "poor")
    assert test["difference"] == pytest.approx(values["good"] - values["poor"])
    assert test["p_holm"] < 0.05


def test_folds_share_out_every_class() -> None:
    label = np.repeat([0, 1, 2], [40, 13, 9])
    outcome = outcome_of(label)
    plan = plan_validation(outcome, outcome.case_ids, Design(4, 2, 0), [EVER_DAYS])
    for number, n in enumerate((40, 13, 9)):
        counts = [int((label[split.test] == number).sum()) for split in plan.splits]
        assert min(counts) >= n // 4
        assert max(counts) <= n // 4 + 1


def test_more_folds_than_the_rarest_class_has_patients_are_refused() -> None:
    outcome = outcome_of(np.repeat([0, 1, 2], [10, 10, 4]))
    with pytest.raises(StudyRefusedError, match=r"VAL-08.*distant 4.*validation\.folds=4"):
        plan_validation(outcome, outcome.case_ids, Design(5, 1, 0), [EVER_DAYS])
    patients = [f"p{row}" for row in range(20)] + ["q"] * 4
    with pytest.raises(StudyRefusedError, match="join the rarest class"):
        plan_validation(outcome, patients, Design(2, 1, 0), [EVER_DAYS])


def test_centres_are_kept_apart_for_classes_too() -> None:
    label = np.arange(30) % 3
    outcome, centres = outcome_of(label), ["a", "b"] * 15
    plan = plan_validation(outcome, outcome.case_ids, ByCentre(0), [EVER_DAYS], centres=centres)
    assert [len(split.test) for split in plan.splits] == [15, 15]
    alone = ["b" if one == 2 else "a" for one in label]
    with pytest.raises(StudyRefusedError, match="VAL-07"):
        plan_validation(outcome, outcome.case_ids, ByCentre(0), [EVER_DAYS], centres=alone)


def test_out_of_fold_predictions_know_their_class() -> None:
    rng = np.random.default_rng(2)
    label = rng.permutation(np.arange(60) % 3)
    values = rng.normal(size=(60, 3)) + 3 * np.eye(3)[label]
    found = cross_validate(
        {"a": ClassModel(("ct",), select=None)},
        inputs_of(values),
        outcome_of(label),
        Design(3, 1, 0),
        horizons_days=[EVER_DAYS],
    )
    frame = found.predictions.frame
    assert found.predictions.levels == LEVELS
    assert len(frame) == 60 * 3
    assert frame.groupby("case")["probability"].sum().to_numpy() == pytest.approx(1)
    truth = frame[frame["event"] == 1].set_index("case")["class"]
    assert [LEVELS.index(truth[f"c{row:03d}"]) for row in range(60)] == label.tolist()
    assert evaluate(found.predictions, n_resamples=50)["arms"]["a"]["accuracy"]["value"] > 0.8
    assert not found.ledger["violation"].any()


def test_noise_tells_no_class_apart_even_after_selection() -> None:
    """300 columns of noise, the best of which are selected inside the folds."""
    model = ClassModel(("ct",), "naive_bayes", select=9, correlation=1.0, selector="univariate")
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        outcome = outcome_of(rng.permutation(np.arange(120) % 3))
        inputs = inputs_of(rng.normal(size=(120, 300)))
        predictions = cross_validate(
            {"a": model}, inputs, outcome, Design(3, 1, 0), horizons_days=[EVER_DAYS]
        ).predictions
        found.append(evaluate(predictions, n_resamples=2)["arms"]["a"]["auroc"]["value"])
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_permuted_outcomes_keep_their_classes() -> None:
    outcome = outcome_of(np.arange(30) % 3)
    dealt = permuted(outcome, 1)
    assert dealt.levels == LEVELS
    assert dealt.case_ids == outcome.case_ids
    assert sorted(dealt.event) == sorted(outcome.event)
    assert dealt.event.tolist() != outcome.event.tolist()


def test_a_binary_split_is_what_it_was() -> None:
    """Folds of an event take no notice of classes."""
    label = np.arange(20) % 2
    outcome = Outcome(tuple(f"c{row:03d}" for row in range(20)), label)
    plan = plan_validation(outcome, outcome.case_ids, Design(2, 1, 3), [EVER_DAYS])
    plain = make_splits([label], [np.ones(20, dtype=bool)], outcome.case_ids, Design(2, 1, 3))
    for ours, theirs in zip(plan.splits, plain, strict=True):
        np.testing.assert_array_equal(ours.test, theirs.test)
