from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.metrics import YOUDEN, ThresholdRule, rate_at


def test_by_hand() -> None:
    assert YOUDEN.choose([0, 0, 1, 1], [0.1, 0.4, 0.6, 0.8]) == pytest.approx(0.5)


def test_of_equally_good_thresholds_the_lowest() -> None:
    # Above 0.8: sensitivity 1/2, specificity 1. Above 0.2: 1 and 1/2. Both have J = 1/2.
    assert YOUDEN.choose([1, 0, 1, 0], [0.9, 0.7, 0.3, 0.1]) == pytest.approx(0.2)


def test_equal_probabilities_call_everybody() -> None:
    assert YOUDEN.choose([1, 0], [0.3, 0.3]) == 0.3


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
        sensitivity = rate_at("sensitivity", label, probability, threshold, weight)
        return sensitivity + rate_at("specificity", label, probability, threshold, weight) - 1

    best = max(youden(threshold) for threshold in np.unique(probability))
    chosen = YOUDEN.choose(label, probability, weight)
    assert youden(chosen) == pytest.approx(best, abs=1e-9)


def test_a_sensitivity_is_reached_with_the_fewest_false_alarms() -> None:
    label, probability = [1, 1, 0, 1, 0, 1], [0.9, 0.8, 0.7, 0.6, 0.5, 0.1]
    # Above 0.6: 3 of 4. The next event stands at 0.1, below both others.
    assert ThresholdRule("sensitivity", 0.75).choose(label, probability) == pytest.approx(0.55)
    assert ThresholdRule("sensitivity", 0.76).choose(label, probability) == pytest.approx(0.1)
    assert ThresholdRule("sensitivity", 0.5).choose(label, probability) == pytest.approx(0.75)


def test_net_benefit_is_the_largest_at_the_odds() -> None:
    label, probability = [1, 0, 1, 0, 0, 0], [0.9, 0.7, 0.5, 0.3, 0.2, 0.1]
    # In sixths, a false alarm costs 1/4 at 0.2, 1 at 0.5 and 4 at 0.8: from 0.5 on 2 - 1/4, from
    # 0.9 on 1 at even odds, tied with 2 - 1 from 0.5 on.
    assert ThresholdRule("net_benefit", 0.2).choose(label, probability) == pytest.approx(0.4)
    assert ThresholdRule("net_benefit", 0.5).choose(label, probability) == pytest.approx(0.4)
    assert ThresholdRule("net_benefit", 0.8).choose(label, probability) == pytest.approx(0.8)


def test_where_calling_anybody_harms_nobody_is_called() -> None:
    chosen = ThresholdRule("net_benefit", 0.9).choose([0, 1, 0], [0.6, 0.4, 0.2])
    assert chosen == pytest.approx(0.8)


def test_too_few_events_leave_the_share_or_the_declared_probability() -> None:
    assert ThresholdRule("net_benefit", 0.1).of_share(0.3) == 0.1
    assert ThresholdRule("sensitivity", 0.9).of_share(0.3) == 0.3


@pytest.mark.parametrize(
    "given",
    [("youden", 0.5), ("sensitivity", None), ("sensitivity", 1.1), ("net_benefit", 1.0)],
)
def test_a_rule_needs_the_value_that_it_needs(given: Any) -> None:
    with pytest.raises(ValueError, match=r"no value to reach|needs a value"):
        ThresholdRule(*given)
