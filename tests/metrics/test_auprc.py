from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from tumorcast.metrics import auprc, auprcs, prevalence


def test_by_hand() -> None:
    # Highest first: event (precision 1, recall 1/2), none, event (precision 2/3, recall 1).
    assert auprc([1, 0, 1, 0], [4, 3, 2, 1]) == pytest.approx((1 + 2 / 3) / 2, abs=1e-15)


def test_ties_are_called_together() -> None:
    assert auprc([1, 0, 0, 0], [1, 1, 1, 1]) == 0.25 == prevalence([1, 0, 0, 0])


def test_weighted_prevalence() -> None:
    assert prevalence([1, 0], [3, 1]) == 0.75
    with pytest.raises(ValueError, match="weight above 0"):
        prevalence([1, 0], [0, 0])


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=2, max_size=30))
def test_equals_sklearn(cases: list[tuple[int, int]]) -> None:
    labels, scores = (np.array(column) for column in zip(*cases, strict=True))
    weights = np.arange(1.0, 1.0 + len(labels))
    if labels.any():
        expected = average_precision_score(labels, scores, sample_weight=weights)
        assert auprc(labels, scores, weights) == pytest.approx(expected, abs=1e-12)


def test_many_weights_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 50), rng.integers(0, 9, 50)
    weights = rng.integers(0, 4, (20, 50)).astype(np.float64)
    together = auprcs(label, score, weights)
    assert together == pytest.approx([auprc(label, score, row) for row in weights], abs=1e-12)


def test_a_resample_without_events_has_none() -> None:
    assert np.isnan(auprcs([1, 0], [1, 2], np.array([[0.0, 1.0]]))).all()
