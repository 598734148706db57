from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.metrics import sensitivity_at, specificity_at, youden_threshold


def test_by_hand() -> None:
    assert youden_threshold([0, 0, 1, 1], [0.1, 0.4, 0.6, 0.8]) == pytest.approx(0.5)


def test_of_equally_good_thresholds_the_lowest() -> None:
    # Above 0.8: sensitivity 1/2, specificity 1. Above 0.2: 1 and 1/2. Both have J = 1/2.
    assert youden_threshold([1, 0, 1, 0], [0.9, 0.7, 0.3, 0.1]) == pytest.approx(0.2)


def test_equal_probabilities_call_everybody() -> None:
    assert youden_threshold([1, 0], [0.3, 0.3]) == 0.3


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 8), st.integers(1, 4)), min_size=2, max_size=25
    )
)
def test_no_threshold_is_better(cases: list[tuple[int, int, int]]) -> None:
    label, tenths, weight = (np.array(column) for column in zip(*cases, strict=True))
    probability = tenths / 8
    if len(set(label)) < 2:
        return

    def youden(threshold: float) -> float:
        sensitivity = sensitivity_at(label, probability, threshold, weight)
        return sensitivity + specificity_at(label, probability, threshold, weight) - 1

    best = max(youden(threshold) for threshold in np.unique(probability))
    chosen = youden_threshold(label, probability, weight)
    assert youden(chosen) == pytest.approx(best, abs=1e-9)
