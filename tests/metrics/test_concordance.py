from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lifelines.utils import concordance_index

from tumorcast.metrics import (
    CensoringDistribution,
    c_index,
    c_indices,
    comparable_pairs,
    uno_c_index,
)


def test_which_pairs_are_comparable() -> None:
    #        event 5, event 5, censored 5, censored 4, event 6, competing 2
    event = [1, 1, 0, 0, 1, 2]
    days = [5.0, 5.0, 5.0, 4.0, 6.0, 2.0]
    pairs = comparable_pairs(event, days)
    assert pairs.first.tolist() == [0, 1, 4]
    assert pairs.counted.astype(bool).tolist() == [
        [False, False, True, False, True, True],
        [False, False, True, False, True, True],
        [False, False, False, False, False, True],
    ]


def test_by_hand() -> None:
    # Pairs: day 1 before both others, day 2 before the censored one. Right, tied, wrong.
    assert c_index([1, 1, 0], [1, 2, 3], [3, 2, 3]) == pytest.approx((1 + 0.5 + 0) / 3)


@pytest.mark.parametrize("name", ["distinct_times", "tied_times"])
def test_harrell_equals_scikit_survival(reference: dict[str, Any], name: str) -> None:
    data, expected = reference[name]["data"], reference[name]["expected"]
    value = c_index((data["event"] == 1).astype(int), data["time_days"], data["risk"])
    assert value == pytest.approx(expected["harrell_c"], abs=1e-12)


def test_harrell_equals_lifelines(reference: dict[str, Any]) -> None:
    data = reference["distinct_times"]["data"]
    event = (data["event"] == 1).astype(int)
    theirs = concordance_index(data["time_days"], -data["risk"], event)
    assert c_index(event, data["time_days"], data["risk"]) == pytest.approx(theirs, abs=1e-12)


def test_uno_equals_scikit_survival(reference: dict[str, Any]) -> None:
    data, expected = (reference["distinct_times"][part] for part in ("data", "expected"))
    event, days = (data["event"] == 1).astype(np.int64), data["time_days"]
    value = uno_c_index(
        event,
        days,
        data["risk"],
        censoring=CensoringDistribution.fit(event, days),
        horizon_days=expected["horizon_days"],
    )
    assert value == pytest.approx(expected["uno_c"], abs=1e-12)


def test_uno_by_hand_takes_the_left_limit() -> None:
    # Censored on day 2 (of 4) and day 3 (of 3, the event on that day comes first: of 2). The
    # event on day 3 divides by G(3-) = 3/4, those on day 1 and 2 by 1.
    event = np.array([1, 0, 1, 0, 0])
    days = np.array([1.0, 2.0, 3.0, 3.0, 4.0])
    censoring = CensoringDistribution.fit(event, days)
    risk = [5, 6, 3, 4, 1]
    # Day 1 against four others: three right. Day 3 against two others: one right.
    expected = (3 + 1 * 16 / 9) / (4 + 2 * 16 / 9)
    value = uno_c_index(event, days, risk, censoring=censoring, horizon_days=np.inf)
    assert value == pytest.approx(expected, abs=1e-12)
    only_day_1 = uno_c_index(event, days, risk, censoring=censoring, horizon_days=3.0)
    assert only_day_1 == 0.75


def test_without_censoring_uno_is_harrell() -> None:
    rng = np.random.default_rng(0)
    days, risk, event = rng.random(40) + 0.1, rng.normal(size=40), np.ones(40, dtype=np.int64)
    uno = uno_c_index(
        event,
        days,
        risk,
        censoring=CensoringDistribution.fit(event, days),
        horizon_days=np.inf,
    )
    assert uno == pytest.approx(c_index(event, days, risk), abs=1e-12)


def test_a_resample_as_weights_is_the_resample_itself(reference: dict[str, Any]) -> None:
    data = reference["tied_times"]["data"]
    pairs = comparable_pairs(data["event"], data["time_days"])
    n = len(data["event"])
    drawn = np.random.default_rng(0).integers(0, n, (10, n))
    weights = np.stack([np.bincount(row, minlength=n) for row in drawn]).astype(np.float64)
    expected = [
        c_index(data["event"][row], data["time_days"][row], data["risk"][row]) for row in drawn
    ]
    assert c_indices(pairs, data["risk"], weights) == pytest.approx(expected, abs=1e-12)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="no pair of cases is comparable"):
        c_index([0, 0], [1, 2], [1, 2])
    with pytest.raises(ValueError, match="time_days must be finite"):
        c_index([1, 0], [np.nan, 2], [1, 2])
    short = CensoringDistribution.fit(np.array([0, 0]), np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="beyond the follow-up"):
        uno_c_index([1, 0], [3, 4], [1, 2], censoring=short, horizon_days=np.inf)
    with pytest.raises(ValueError, match="before the horizon"):
        uno_c_index([1, 0], [3, 4], [1, 2], censoring=short, horizon_days=2.0)
