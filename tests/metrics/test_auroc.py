from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tumorcast.metrics import CensoringDistribution, auroc, aurocs

CASES = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(0, 4)), min_size=2, max_size=30
)


def test_by_hand() -> None:
    # Pairs (event, none): 3>1, 3>2, 2>1, 2=2: 3.5 of 4.
    assert auroc([1, 1, 0, 0], [3, 2, 1, 2]) == 3.5 / 4


def test_weights_count_pairs() -> None:
    # The pair that is right weighs 2 * 3, the one that is wrong 2 * 1.
    assert auroc([1, 0, 0], [2, 1, 3], [2, 3, 1]) == 6 / 8


def test_direction_is_never_turned() -> None:
    assert auroc([1, 0], [0, 1]) == 0.0


@given(CASES)
def test_equals_the_definition_over_pairs(cases: list[tuple[int, int, int]]) -> None:
    concordant = compared = 0.0
    for label, score, weight in cases:
        for other_label, other_score, other_weight in cases:
            if label == 1 and other_label == 0:
                pair = weight * other_weight
                compared += pair
                concordant += pair * ((score > other_score) + 0.5 * (score == other_score))
    labels, scores, weights = (np.array(column) for column in zip(*cases, strict=True))
    value = aurocs(labels, scores, weights[None].astype(np.float64))[0]
    if compared == 0:
        assert np.isnan(value)
    else:
        assert value == pytest.approx(concordant / compared, abs=1e-12)


@given(CASES)
def test_equals_sklearn(cases: list[tuple[int, int, int]]) -> None:
    labels, scores, _ = (np.array(column) for column in zip(*cases, strict=True))
    weights = np.arange(1.0, 1.0 + len(labels))
    if len(set(labels)) == 2:
        expected = roc_auc_score(labels, scores, sample_weight=weights)
        assert auroc(labels, scores, weights) == pytest.approx(expected, abs=1e-12)


def test_many_weights_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 50), rng.integers(0, 9, 50)
    weights = rng.integers(0, 4, (20, 50)).astype(np.float64)
    together = aurocs(label, score, weights)
    assert together == pytest.approx([auroc(label, score, row) for row in weights], abs=1e-12)


@pytest.mark.parametrize("name", ["distinct_times", "tied_times"])
def test_with_censoring_weights_equals_scikit_survival(
    reference: dict[str, Any], name: str
) -> None:
    data, expected = reference[name]["data"], reference[name]["expected"]
    horizon = expected["horizon_days"]
    event, days = (data["event"] == 1).astype(np.int64), data["time_days"].astype(np.float64)
    before = days <= horizon
    known = ~before | (event == 1)
    censoring = CensoringDistribution.fit(event, days)
    # The judge takes G(t), not its left limit: with distinct times the two are equal at events.
    left = before & (name == "distinct_times")
    probability = censoring.uncensored_probability(np.minimum(days, horizon), before=left)
    weight = np.where(known, 1 / probability, 0)
    value = auroc(before & (event == 1), data["risk"], weight)
    assert value == pytest.approx(expected["auroc_at_horizon"], abs=1e-12)
