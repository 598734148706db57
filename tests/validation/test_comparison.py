from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.validation.conftest import make_predictions

from tumorcast.metrics import auroc, corrected_resampled_t, delong_test, holm
from tumorcast.validation import Predictions, evaluate


@pytest.fixture(scope="module")
def label() -> Any:
    return (np.random.default_rng(0).random(100) < 0.4).astype(np.int64)


@pytest.fixture(scope="module")
def arms(label: Any) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    common = rng.normal(size=(1, 100)) + label
    return {
        name: gain * label + common + rng.normal(size=(3, 100))
        for name, gain in (("volume", 0.0), ("clinical", 0.0), ("ct", 0.2), ("fused", 1.5))
    }


def test_every_arm_against_every_baseline_and_the_declared_pairs(label: Any, arms: Any) -> None:
    found = evaluate(
        make_predictions(label, arms),
        baselines=("volume", "clinical", "clinical_volume"),
        pairs=[("fused", "ct"), ("fused", "volume")],
        n_resamples=50,
    )
    compared = [(row["arm"], row["reference"]) for row in found["comparisons"]]
    assert compared == [
        ("ct", "volume"),
        ("ct", "clinical"),
        ("fused", "volume"),
        ("fused", "clinical"),
        ("fused", "ct"),
    ]
    raw = [row["p_value"] for row in found["comparisons"]]
    assert [row["p_holm"] for row in found["comparisons"]] == holm(raw).tolist()


def test_without_censoring_it_is_delong_on_risks_averaged_over_repeats(
    label: Any, arms: Any
) -> None:
    found = evaluate(make_predictions(label, arms), pairs=[("fused", "ct")], n_resamples=50)
    (row,) = found["comparisons"]
    expected = delong_test(label, arms["fused"].mean(axis=0), arms["ct"].mean(axis=0))
    assert row["test"] == "delong"
    assert row["difference"] == pytest.approx(expected.difference, abs=1e-12)
    assert row["p_value"] == pytest.approx(expected.p_value, abs=1e-12)
    assert row["ci_low"] == pytest.approx(expected.ci_low, abs=1e-12)
    assert row["p_value"] < 0.05


def test_arms_with_fewer_repeats_are_compared_on_the_common_ones(label: Any, arms: Any) -> None:
    fewer = arms | {"fused": arms["fused"][:1]}
    found = evaluate(make_predictions(label, fewer), pairs=[("fused", "ct")], n_resamples=50)
    expected = delong_test(label, arms["fused"][0], arms["ct"][0])
    assert found["comparisons"][0]["p_value"] == pytest.approx(expected.p_value, abs=1e-12)


def test_with_censoring_weights_it_is_the_patient_bootstrap(label: Any, arms: Any) -> None:
    rng = np.random.default_rng(2)
    time_days = np.where(label == 1, rng.uniform(1, 700, 100), rng.uniform(100, 3000, 100))
    predictions = make_predictions(label, arms, time_days=time_days, horizons_days=(730.0,))
    (row,) = evaluate(predictions, pairs=[("fused", "ct")])["comparisons"]
    assert row["test"] == "patient bootstrap"
    assert row["ci_low"] < row["difference"] < row["ci_high"]
    assert row["p_value"] < 0.05


def test_bootstrap_and_delong_agree_where_both_hold(label: Any, arms: Any) -> None:
    every_case_twice = {name: np.repeat(risk, 2, axis=1) for name, risk in arms.items()}
    patients = [f"p{i // 2}" for i in range(200)]
    predictions = make_predictions(np.repeat(label, 2), every_case_twice, patients=patients)
    (clustered,) = evaluate(predictions, pairs=[("fused", "ct")])["comparisons"]
    (plain,) = evaluate(make_predictions(label, arms), pairs=[("fused", "ct")], n_resamples=50)[
        "comparisons"
    ]
    assert clustered["test"] == "patient bootstrap"
    for end in ("difference", "ci_low", "ci_high"):
        assert clustered[end] == pytest.approx(plain[end], abs=0.02)


def test_the_same_scores_do_not_differ(label: Any, arms: Any) -> None:
    twins = {"a": arms["ct"], "b": arms["ct"]}
    (row,) = evaluate(make_predictions(label, twins), pairs=[("a", "b")], n_resamples=50)[
        "comparisons"
    ]
    assert (row["difference"], row["p_value"]) == (0.0, 1.0)


def test_one_event_leaves_only_the_bootstrap(arms: Any) -> None:
    label = np.zeros(100, dtype=np.int64)
    label[3] = 1
    (row,) = evaluate(make_predictions(label, arms), pairs=[("fused", "ct")], n_resamples=200)[
        "comparisons"
    ]
    # A third of the resamples lack the event, so there is no interval and no test.
    assert row["test"] == "patient bootstrap"
    assert row["difference"] == pytest.approx(
        auroc(label, arms["fused"].mean(axis=0)) - auroc(label, arms["ct"].mean(axis=0))
    )
    assert (row["ci_low"], row["p_value"], row["p_holm"]) == (None, None, None)


def test_arms_of_other_cases_or_repeats_are_not_compared(label: Any, arms: Any) -> None:
    frame = make_predictions(label, arms).frame
    without_one = Predictions(frame[(frame["arm"] != "ct") | (frame["case"] != "c000")])
    with pytest.raises(ValueError, match="not judged on the same cases"):
        evaluate(without_one, pairs=[("fused", "ct")], n_resamples=50)
    apart = Predictions(
        frame[((frame["arm"] == "ct") & (frame["repeat"] == 0)) | (frame["repeat"] == 1)].query(
            "arm != 'ct' or repeat == 0"
        )
    )
    with pytest.raises(ValueError, match="no repeat in common"):
        evaluate(apart, pairs=[("fused", "ct")], n_resamples=50)


def test_further_tests_stand_beside_the_first(label: Any, arms: Any) -> None:
    frame = make_predictions(label, arms).frame
    frame["fold"] = frame.groupby(["arm", "repeat"]).cumcount() % 4
    pairs = [("fused", "ct"), ("volume", "clinical")]
    rows = evaluate(Predictions(frame), pairs=pairs, n_resamples=50)["comparisons"]
    by_test = [{test["test"]: test for test in row["further_tests"]} for row in rows]
    assert set(by_test[0]) == {"paired permutation", "corrected resampled t"}
    fold = np.arange(100) % 4
    differences = [
        auroc(label[fold == k], fused[fold == k]) - auroc(label[fold == k], ct[fold == k])
        for fused, ct in zip(arms["fused"], arms["ct"], strict=True)
        for k in range(4)
    ]
    expected = corrected_resampled_t(differences, 25 / 75)
    found = by_test[0]["corrected resampled t"]
    assert found["difference"] == pytest.approx(expected.difference, abs=1e-12)
    assert found["p_value"] == pytest.approx(expected.p_value, abs=1e-12)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((expected.ci_low, expected.ci_high))
    permuted = by_test[0]["paired permutation"]
    assert permuted["difference"] == pytest.approx(rows[0]["difference"])
    assert permuted["p_value"] == pytest.approx(rows[0]["p_value"], abs=0.05)
    for name in ("paired permutation", "corrected resampled t"):
        raw = [tests[name]["p_value"] for tests in by_test]
        assert [tests[name]["p_holm"] for tests in by_test] == holm(raw).tolist()


def test_one_repeat_or_folds_of_one_class_leave_no_resampled_t(label: Any, arms: Any) -> None:
    frame = make_predictions(label, arms).frame
    once = frame[frame["repeat"] == 0]
    one_class = frame.assign(fold=frame["event"])
    for given in (once, one_class):
        found = evaluate(Predictions(given), pairs=[("fused", "ct")], n_resamples=50)
        tests = found["comparisons"][0]["further_tests"]
        assert [test["test"] for test in tests] == ["paired permutation"]
