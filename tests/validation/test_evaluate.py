from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from scipy.special import expit
from tests.validation.conftest import make_predictions

from tumorcast.cohort import Outcome
from tumorcast.metrics import ThresholdRule, auroc, brier, c_index, delong_ci
from tumorcast.validation import Predictions, evaluate

METRICS = {
    "auroc",
    "auprc",
    "accuracy",
    "balanced_accuracy",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "f1",
    "mcc",
    "net_benefit",
    "brier",
    "scaled_brier",
    "calibration_intercept",
    "calibration_slope",
    "ici",
    "observed_expected",
}
OVER_TIME = {"c_index", "uno_c_index", "integrated_brier"}


@pytest.fixture(scope="module")
def label() -> Any:
    return (np.random.default_rng(0).random(80) < 0.4).astype(np.int64)


@pytest.fixture(scope="module")
def risk(label: Any) -> Any:
    return np.random.default_rng(1).normal(size=(3, 80)) + 1.2 * label


def test_value_is_the_mean_over_repeats_and_the_spread_theirs(label: Any, risk: Any) -> None:
    found = evaluate(make_predictions(label, {"a": risk}), n_resamples=50)["arms"]["a"]
    areas = [sklearn.metrics.roc_auc_score(label, row) for row in risk]
    assert set(found) == METRICS
    assert found["auroc"]["value"] == pytest.approx(np.mean(areas), abs=1e-12)
    assert found["auroc"]["sd_repeats"] == pytest.approx(np.std(areas, ddof=1), abs=1e-12)
    briers = [sklearn.metrics.brier_score_loss(label, expit(row)) for row in risk]
    assert found["brier"]["value"] == pytest.approx(np.mean(briers), abs=1e-12)
    assert (found["auroc"]["n"], found["auroc"]["n_events"]) == (80, label.sum())


def test_threshold_metrics_take_the_threshold_of_the_row(label: Any, risk: Any) -> None:
    threshold = np.where(np.arange(80) < 40, 0.3, 0.7)
    predictions = make_predictions(label, {"a": risk[:1]}, threshold=threshold)
    found = evaluate(predictions, n_resamples=50)["arms"]["a"]
    called = expit(risk[0]) >= threshold
    assert found["sensitivity"]["value"] == pytest.approx(
        sklearn.metrics.recall_score(label, called), abs=1e-12
    )
    assert found["specificity"]["value"] == pytest.approx(
        sklearn.metrics.recall_score(1 - label, ~called), abs=1e-12
    )
    assert found["accuracy"]["value"] == pytest.approx((called == label).mean(), abs=1e-12)


def test_interval_comes_from_patients_not_from_repeats(label: Any, risk: Any) -> None:
    one = evaluate(make_predictions(label, {"a": risk[:1]}))["arms"]["a"]["auroc"]
    same_again = np.repeat(risk[:1], 5, axis=0)
    five = evaluate(make_predictions(label, {"a": same_again}))["arms"]["a"]["auroc"]
    assert (five["ci_low"], five["ci_high"]) == pytest.approx((one["ci_low"], one["ci_high"]))
    assert one["sd_repeats"] is None
    assert five["sd_repeats"] == pytest.approx(0, abs=1e-12)


def test_several_cases_a_patient_widen_the_interval(label: Any, risk: Any) -> None:
    label, risk = np.repeat(label, 3), np.repeat(risk[:1], 3, axis=1)
    apart = evaluate(make_predictions(label, {"a": risk}))["arms"]["a"]["auroc"]
    patients = [f"p{i // 3}" for i in range(240)]
    together = evaluate(make_predictions(label, {"a": risk}, patients=patients))
    wide = together["arms"]["a"]["auroc"]
    ratio = (wide["ci_high"] - wide["ci_low"]) / (apart["ci_high"] - apart["ci_low"])
    assert ratio == pytest.approx(np.sqrt(3), rel=0.1)


def test_a_horizon_weights_for_censoring() -> None:
    rng = np.random.default_rng(2)
    risk = rng.normal(size=(2, 200))
    happened = rng.exponential(900 * np.exp(-risk[0]))
    censored = rng.exponential(1200, 200)
    time_days, event = np.minimum(happened, censored), (happened <= censored).astype(np.int64)
    predictions = make_predictions(
        event, {"a": risk}, time_days=time_days, horizons_days=(730.0, np.inf)
    )
    found = evaluate(predictions, n_resamples=50)
    assert found["horizon_days"] == "730"
    assert found["arms"] == found["horizons"]["730"]["arms"]
    target = Outcome(tuple(map(str, range(200))), event, time_days).binary_at(730.0)
    at = found["arms"]["a"]
    areas = [auroc(target.label, row, target.weight) for row in risk]
    assert at["auroc"]["value"] == pytest.approx(np.mean(areas), abs=1e-12)
    scores = [brier(target.label, expit(row), target.weight) for row in risk]
    assert at["brier"]["value"] == pytest.approx(np.mean(scores), abs=1e-12)
    assert at["auroc"]["n"] == (target.weight > 0).sum() < 200
    ever = found["horizons"]["all"]["arms"]["a"]
    assert ever["auroc"]["n"] == 200
    concordance = np.mean([c_index(event, time_days, row) for row in risk])
    assert at["c_index"]["value"] == ever["c_index"]["value"]
    assert at["c_index"]["value"] == pytest.approx(concordance, abs=1e-12)
    assert at["c_index"]["n_events"] == event.sum()


def test_a_competing_event_is_no_censoring_for_the_c_index() -> None:
    event, time_days = np.array([1, 2, 1, 0] * 5), np.tile([4.0, 1.0, 2.0, 3.0], 5)
    risk = np.random.default_rng(0).normal(size=(1, 20))
    predictions = make_predictions(event, {"a": risk}, time_days=time_days)
    value = evaluate(predictions, n_resamples=20)["arms"]["a"]["c_index"]["value"]
    as_if_for_ever = np.where(event == 2, 1e6, time_days)
    assert value == pytest.approx(c_index(event == 1, as_if_for_ever, risk[0]), abs=1e-12)


def test_what_is_not_defined_is_null_and_the_rest_is_plain_json(label: Any) -> None:
    constant = np.full((1, 80), -1.0)
    found = evaluate(make_predictions(label, {"a": constant}), n_resamples=50)
    assert found["arms"]["a"]["calibration_slope"]["value"] is None
    assert found["arms"]["a"]["calibration_slope"]["ci_low"] is None
    assert found["arms"]["a"]["auroc"]["value"] == 0.5
    assert found["arms"]["a"]["ppv"]["value"] is None
    assert found["arms"]["a"]["ppv"]["reason"] == "nobody is called positive"
    assert found["arms"]["a"]["mcc"]["reason"] == "one class only, or all cases are called alike"
    assert found["arms"]["a"]["sensitivity"]["value"] == 0.0
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_seed_makes_the_interval(label: Any, risk: Any) -> None:
    predictions = make_predictions(label, {"a": risk})
    first, again = (evaluate(predictions, seed=1, n_resamples=100) for _ in range(2))
    assert first == again
    assert evaluate(predictions, seed=2, n_resamples=100) != first


def test_every_metric_is_defined_and_every_definition_is_a_metric(label: Any, risk: Any) -> None:
    time_days = np.random.default_rng(3).uniform(1, 1000, 80)
    predictions = make_predictions(
        label, {"a": risk}, time_days=time_days, horizons_days=(300.0, 600.0)
    )
    found = evaluate(predictions, n_resamples=20, threshold=ThresholdRule("sensitivity", 0.9))
    assert set(found["arms"]["a"]) == METRICS | OVER_TIME == set(found["definitions"])
    assert "sensitivity of at least 0.9" in found["definitions"]["npv"]["threshold"]
    for of_metric in found["definitions"].values():
        assert all(of_metric[part] for part in ("name", "estimator", "ties", "horizon", "interval"))


def test_delongs_interval_stands_beside_the_bootstrap(label: Any, risk: Any) -> None:
    one = evaluate(make_predictions(label, {"a": risk[:1]}), n_resamples=500)["arms"]["a"]["auroc"]
    expected = delong_ci(label, risk[0])
    assert (one["delong_low"], one["delong_high"]) == pytest.approx(expected, abs=1e-12)
    assert (one["ci_low"], one["ci_high"]) == pytest.approx(expected, abs=0.03)
    same_again = np.repeat(risk[:1], 3, axis=0)
    three = evaluate(make_predictions(label, {"a": same_again}), n_resamples=20)
    assert three["arms"]["a"]["auroc"]["delong_low"] == pytest.approx(expected.low, abs=1e-12)
    patients = [f"p{i // 2}" for i in range(80)]
    pairs = evaluate(make_predictions(label, {"a": risk}, patients=patients), n_resamples=20)
    assert pairs["arms"]["a"]["auroc"]["delong_low"] is None


def test_the_brier_score_is_integrated_over_the_finite_horizons(label: Any, risk: Any) -> None:
    time_days = np.random.default_rng(3).uniform(1, 1000, 80)
    given = {"a": risk}
    of = make_predictions(label, given, time_days=time_days, horizons_days=(600.0, np.inf, 300.0))
    found = evaluate(of, n_resamples=50)
    early, late = (found["horizons"][day]["arms"]["a"]["brier"]["value"] for day in ("300", "600"))
    entry = found["arms"]["a"]["integrated_brier"]
    assert entry["value"] == pytest.approx((early + late) / 2, abs=1e-12)
    assert entry["ci_low"] < entry["value"] < entry["ci_high"]
    one = make_predictions(label, given, time_days=time_days, horizons_days=(600.0,))
    lone = evaluate(one, n_resamples=20)["arms"]["a"]["integrated_brier"]
    assert lone["value"] is None
    assert lone["reason"] == "fewer than two finite horizons"


def test_what_stands_beside_the_values(label: Any, risk: Any) -> None:
    found = evaluate(make_predictions(label, {"a": risk}), n_resamples=20)["arms"]["a"]
    assert found["auprc"]["prevalence"] == pytest.approx(label.mean())
    treat_all = label.mean() - (1 - label.mean())  # at even odds
    assert found["net_benefit"]["treat_all"] == pytest.approx(treat_all)
    assert 0 < found["ici"]["e50"] < found["ici"]["e90"]


@pytest.mark.slow
def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # The true area of two normals one standard deviation apart is Phi(1 / sqrt 2) = 0.7602.
    rng = np.random.default_rng(7)
    covered = 0
    for seed in range(100):
        label = (rng.random(120) < 0.35).astype(np.int64)
        risk = (rng.normal(size=120) + label)[None]
        found = evaluate(make_predictions(label, {"a": risk}), n_resamples=200, seed=seed)
        area = found["arms"]["a"]["auroc"]
        covered += area["ci_low"] <= 0.7602 <= area["ci_high"]
    assert 88 <= covered <= 99


def test_patients_who_were_learned_from_in_other_folds_widen_the_interval(
    label: Any, risk: Any
) -> None:
    predictions = make_predictions(label, {"a": risk[:1]})
    one_model = evaluate(predictions)["arms"]["a"]
    of_case = predictions.frame["case"].str.slice(1).astype(int)
    five_folds = Predictions(predictions.frame.assign(fold=of_case % 5))
    found = evaluate(five_folds)["arms"]["a"]

    def width(entry: Any) -> float:
        return float(entry["ci_high"] - entry["ci_low"])

    for name in ("auprc", "brier", "calibration_intercept"):
        assert found[name]["value"] == one_model[name]["value"]
        assert width(found[name]) == pytest.approx(1.5 * width(one_model[name])), name
    assert found["auroc"]["delong_low"] == one_model["auroc"]["delong_low"]
