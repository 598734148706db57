"""Weights of a late fusion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from tumorcast.cohort import BinaryTarget
from tumorcast.fusion.late import weighted_mean
from tumorcast.fusion.stacking import stacking_weights

NAN = float("nan")


def test_weights_are_those_that_made_the_outcome() -> None:
    """Two members that each know a part, three to one, and one that knows nothing."""
    random = np.random.default_rng(0)
    parts = random.normal(size=(20000, 3))
    label = (random.random(20000) < expit(1.5 * parts[:, 0] + 0.5 * parts[:, 1])).astype(np.int64)
    weights = stacking_weights(parts, BinaryTarget(label, np.ones(20000)))
    np.testing.assert_allclose(weights, [0.75, 0.25, 0.0], atol=0.03)


def test_a_member_that_is_wrong_gets_nothing_and_not_less() -> None:
    random = np.random.default_rng(1)
    signal = random.normal(size=500)
    label = (random.random(500) < expit(signal)).astype(np.int64)
    target = BinaryTarget(label, np.ones(500))
    wrong = random.normal(size=500) - label
    assert stacking_weights(np.column_stack([signal, wrong]), target).tolist() == [1.0, 0.0]
    assert stacking_weights(-signal[:, None], target).tolist() == [1.0]


def test_few_events_leave_the_weights_near_equal() -> None:
    signal = np.linspace(-1, 1, 6)
    target = BinaryTarget((signal > 0).astype(np.int64), np.ones(6))
    weights = stacking_weights(np.column_stack([signal, np.zeros(6)]), target)
    assert 0.5 < weights[0] < 0.8
    one_class = BinaryTarget(np.zeros(6, dtype=np.int64), np.ones(6))
    assert stacking_weights(np.column_stack([signal, signal]), one_class).tolist() == [0.5, 0.5]


def test_rows_of_weight_zero_and_rows_without_a_member_do_not_matter() -> None:
    random = np.random.default_rng(2)
    log_odds = random.normal(size=(60, 2))
    label = (random.random(60) < expit(log_odds[:, 0])).astype(np.int64)
    weight = np.where(np.arange(60) < 50, 1.0, 0.0)
    expected = stacking_weights(log_odds[:50], BinaryTarget(label[:50], weight[:50]))
    log_odds[50:] = 1e3
    given_all = stacking_weights(log_odds, BinaryTarget(label, weight))
    silent = np.vstack([log_odds, np.full((5, 2), NAN)])
    more = BinaryTarget(np.append(label, [1] * 5), np.append(weight, [1.0] * 5))
    assert np.array_equal(given_all, expected)
    assert np.array_equal(stacking_weights(silent, more), expected)


def test_means_are_over_the_members_that_speak() -> None:
    log_odds = np.array([[1.0, 3.0], [1.0, NAN], [NAN, 3.0], [NAN, NAN]])
    mean = weighted_mean(log_odds, np.array([0.75, 0.25]))
    np.testing.assert_allclose(mean, [1.5, 1.0, 3.0, NAN])
    np.testing.assert_allclose(weighted_mean(log_odds, np.array([1.0, 0.0]))[:3], [1, 1, 3])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 4), st.integers(4, 30))
def test_weights_are_shares(seed: int, members: int, n: int) -> None:
    random = np.random.default_rng(seed)
    log_odds = np.where(random.random((n, members)) < 0.3, NAN, random.normal(size=(n, members)))
    target = BinaryTarget((np.arange(n) % 2).astype(np.int64), random.random(n))
    weights = stacking_weights(log_odds, target)
    assert np.all(weights >= 0)
    assert weights.sum() == pytest.approx(1)
