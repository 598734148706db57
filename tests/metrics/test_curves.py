from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.metrics import auprc, auroc, pr_curve, roc_curve

CASES = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=2, max_size=30)


def test_by_hand() -> None:
    curve = roc_curve([1, 0, 1, 0], [4, 3, 3, 1])
    assert curve.false_positive_rate.tolist() == [0, 0, 0.5, 1]
    assert curve.true_positive_rate.tolist() == [0, 0.5, 1, 1]
    assert curve.threshold.tolist() == [np.inf, 4, 3, 1]


@given(CASES)
def test_equal_sklearn_and_their_own_areas(cases: list[tuple[int, int]]) -> None:
    label, score = (np.array(column) for column in zip(*cases, strict=True))
    weight = np.arange(1.0, 1.0 + len(label))
    if len(set(label)) < 2:
        return
    roc = roc_curve(label, score, weight)
    expected = sklearn.metrics.roc_curve(
        label, score, sample_weight=weight, drop_intermediate=False
    )
    got = (roc.false_positive_rate, roc.true_positive_rate, roc.threshold)
    for ours, theirs in zip(got, expected, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-12)
    area = np.trapezoid(roc.true_positive_rate, roc.false_positive_rate)
    assert area == pytest.approx(auroc(label, score, weight), abs=1e-12)

    pr = pr_curve(label, score, weight)
    precision, recall, threshold = sklearn.metrics.precision_recall_curve(
        label, score, sample_weight=weight
    )
    assert pr.precision[::-1] == pytest.approx(precision[:-1], abs=1e-12)
    assert pr.recall[::-1] == pytest.approx(recall[:-1], abs=1e-12)
    assert pr.threshold[::-1] == pytest.approx(threshold, abs=1e-12)
    steps = np.diff(pr.recall, prepend=0.0) @ pr.precision
    assert steps == pytest.approx(auprc(label, score, weight), abs=1e-12)
