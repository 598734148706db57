from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from tumorcast.features.partial_likelihood import PartialLikelihood


def test_the_value_by_hand() -> None:
    """Three at risk on day 1, the last alone on day 3; the censored one leaves between."""
    likelihood = PartialLikelihood.of(np.array([True, False, True]), np.array([1.0, 2.0, 3.0]))
    linear = np.array([0.3, -0.2, 0.1])
    expected = 0.3 - np.log(np.exp(linear).sum()) + 0.1 - 0.1
    assert likelihood.value(linear) == pytest.approx(expected)


def test_ties_by_hand() -> None:
    """Efron: of two events on a day the second sees half of the two gone."""
    likelihood = PartialLikelihood.of(np.array([True, True, False]), np.array([5.0, 5.0, 5.0]))
    linear = np.array([0.5, -1.0, 0.2])
    a, b, c = np.exp(linear)
    expected = 0.5 - 1.0 - np.log(a + b + c) - np.log(a + b + c - (a + b) / 2)
    assert likelihood.value(linear) == pytest.approx(expected)


def test_the_baseline_hazard_without_columns_is_nelson_aalens() -> None:
    event = np.array([True, False, True, True])
    likelihood = PartialLikelihood.of(event, np.array([1.0, 2.0, 3.0, 3.0]))
    assert likelihood.days.tolist() == [1, 3]
    assert likelihood.baseline_hazard(np.zeros(4)).tolist() == pytest.approx([1 / 4, 1 / 4 + 2 / 2])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_the_gradient_is_that_of_the_value(seed: int, n_days: int) -> None:
    random = np.random.default_rng(seed)
    time = random.integers(1, n_days + 1, 12).astype(np.float64)
    likelihood = PartialLikelihood.of(random.random(12) < 0.6, time)
    linear = random.normal(size=12)
    numeric = approx_fprime(linear, likelihood.value, 1e-7)
    np.testing.assert_allclose(likelihood.gradient(linear), numeric, atol=1e-5)


def test_large_predictors_do_not_overflow() -> None:
    likelihood = PartialLikelihood.of(np.array([True, False, True]), np.array([1.0, 2.0, 3.0]))
    far = np.array([900.0, 899.0, 901.0])
    assert likelihood.value(far) == pytest.approx(likelihood.value(far - 900))
    np.testing.assert_allclose(likelihood.gradient(far), likelihood.gradient(far - 900))
