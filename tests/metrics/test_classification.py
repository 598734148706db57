from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics

from tumorcast.metrics import RATES, rate_at

LABEL = [1, 1, 0, 0, 0]
PROBABILITY = [0.9, 0.3, 0.3, 0.2, 0.6]
# At or above 0.3 is positive: hits 2 of 2, false alarms 2 of 3.
BY_HAND = {
    "accuracy": 3 / 5,
    "balanced_accuracy": 2 / 3,
    "sensitivity": 1.0,
    "specificity": 1 / 3,
    "ppv": 2 / 4,
    "npv": 1.0,
    "f1": 4 / 6,
    "mcc": 2 / np.sqrt(4 * 2 * 3 * 1),
}
JUDGES = {
    "accuracy": sklearn.metrics.accuracy_score,
    "balanced_accuracy": sklearn.metrics.balanced_accuracy_score,
    "sensitivity": sklearn.metrics.recall_score,
    "specificity": lambda y, c, **w: sklearn.metrics.recall_score(1 - y, ~c, **w),
    "ppv": sklearn.metrics.precision_score,
    "npv": lambda y, c, **w: sklearn.metrics.precision_score(1 - y, ~c, **w),
    "f1": sklearn.metrics.f1_score,
    "mcc": sklearn.metrics.matthews_corrcoef,
}


def test_every_rate_has_a_judge() -> None:
    assert set(RATES) == set(BY_HAND) == set(JUDGES)


@pytest.mark.parametrize("rate", RATES)
def test_by_hand(rate: str) -> None:
    assert rate_at(rate, LABEL, PROBABILITY, 0.3) == pytest.approx(BY_HAND[rate], abs=1e-15)


def test_each_row_has_its_own_threshold() -> None:
    assert rate_at("accuracy", LABEL, PROBABILITY, [0.5, 0.2, 0.4, 0.4, 0.7]) == 1.0


@pytest.mark.parametrize("rate", RATES)
def test_equals_sklearn_with_weights(rate: str) -> None:
    rng = np.random.default_rng(0)
    label, probability = rng.integers(0, 2, 60), rng.random(60)
    weight, called = rng.random(60), probability >= 0.4
    assert rate_at(rate, label, probability, 0.4, weight) == pytest.approx(
        JUDGES[rate](label, called, sample_weight=weight), abs=1e-12
    )


@pytest.mark.parametrize(
    ("rate", "label", "threshold", "reason"),
    [
        ("sensitivity", [0, 0], 0.5, "no case with the event"),
        ("specificity", [1, 1], 0.5, "no case without the event"),
        ("balanced_accuracy", [1, 1], 0.5, "no case with the event, or none without it"),
        ("ppv", [0, 1], 0.9, "nobody is called positive"),
        ("npv", [0, 1], 0.1, "nobody is called negative"),
        ("f1", [0, 0], 0.9, "no case with the event and nobody is called positive"),
        ("mcc", [0, 1], 0.9, "all cases are called alike"),
    ],
)
def test_what_is_not_defined_is_refused_and_never_0(
    rate: str, label: list[int], threshold: float, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        rate_at(rate, label, [0.3, 0.6], threshold)


def test_missed_events_are_a_sensitivity_and_an_f1_of_0() -> None:
    assert rate_at("sensitivity", [0, 1], [0.3, 0.6], 0.9) == 0.0
    assert rate_at("f1", [0, 1], [0.3, 0.6], 0.9) == 0.0
