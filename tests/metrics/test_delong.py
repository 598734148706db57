from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.metrics import auroc, delong_ci, delong_covariance, delong_test
from tumorcast.metrics.arrays import Floats


def by_definition(label: Floats, scores: Floats) -> Floats:
    """Return the covariance of DeLong et al. 1988, equations 3 to 6, from all pairs."""
    with_event, without = scores[:, label == 1], scores[:, label == 0]
    psi = (with_event[:, :, None] > without[:, None, :]) + 0.5 * (
        with_event[:, :, None] == without[:, None, :]
    )
    v10, v01 = psi.mean(axis=2), psi.mean(axis=1)
    covariance: Floats = np.cov(v10) / v10.shape[1] + np.cov(v01) / v01.shape[1]
    return covariance


def test_equals_another_implementation(reference: dict[str, Any]) -> None:
    data, expected = reference["binary"]["data"], reference["binary"]["expected"]
    scores = np.stack([data["score"], data["reference"]])
    areas, covariance = delong_covariance(data["label"], scores)
    # The judge computes its components in single precision.
    assert areas == pytest.approx(expected["delong_areas"], rel=1e-6)
    assert covariance == pytest.approx(expected["delong_covariance"], rel=1e-5)
    low, high = delong_ci(data["label"], data["score"])
    half = 1.959963985 * np.sqrt(expected["delong_variance"])
    assert (high - low) / 2 == pytest.approx(half, rel=1e-5)


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=30
    )
)
def test_equals_the_definition(cases: list[tuple[int, int, int]]) -> None:
    label, score, other = (np.array(column, float) for column in zip(*cases, strict=True))
    if min(label.sum(), (1 - label).sum()) < 2:
        return
    scores = np.stack([score, other])
    areas, covariance = delong_covariance(label, scores)
    assert areas == pytest.approx([auroc(label, score), auroc(label, other)], abs=1e-12)
    assert covariance == pytest.approx(by_definition(label, scores), abs=1e-12)


def test_paired_test_is_z_of_the_difference(reference: dict[str, Any]) -> None:
    data, expected = reference["binary"]["data"], reference["binary"]["expected"]
    test = delong_test(data["label"], data["score"], data["reference"])
    variance = np.array([1, -1]) @ expected["delong_covariance"] @ np.array([1, -1])
    difference = expected["delong_areas"] @ np.array([1, -1])
    assert test.difference == pytest.approx(difference, rel=1e-5)
    assert test.ci_high - test.ci_low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=1e-4)
    back = delong_test(data["label"], data["reference"], data["score"])
    assert (back.difference, back.p_value) == pytest.approx((-test.difference, test.p_value))


def test_under_the_null_p_is_uniform() -> None:
    rng = np.random.default_rng(5)
    label = np.repeat([0, 1], 60)
    signal = rng.normal(size=(400, 120)) + label
    p_values = [
        delong_test(label, row + rng.normal(size=120), row + rng.normal(size=120)).p_value
        for row in signal
    ]
    # 400 tests at 5%: 20 expected, with a standard deviation of 4.4.
    assert 8 <= np.sum(np.array(p_values) < 0.05) <= 32


def test_degenerate_differences() -> None:
    label = [0, 0, 1, 1]
    same_order = delong_test(label, [1, 2, 3, 4], [10, 20, 30, 40])
    assert (same_order.difference, same_order.p_value) == (0.0, 1.0)
    no_test = delong_test(label, [1, 2, 3, 4], [1, 1, 1, 1])
    assert no_test.difference == 0.5
    assert np.isnan(no_test.p_value)


def test_one_case_of_a_class_is_refused() -> None:
    with pytest.raises(ValueError, match="two cases or more of each class"):
        delong_ci([1, 0, 0], [1, 2, 3])
