from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.metrics import CensoringDistribution


def test_by_hand() -> None:
    # Day 2: four at risk, one censored: 3/4. Day 3: an event and a censoring; the event comes
    # first, which leaves two at risk of censoring: 3/4 * 1/2. Day 5: the last is an event.
    event = np.array([0, 1, 0, 2])
    time_days = np.array([2.0, 3.0, 3.0, 5.0])
    distribution = CensoringDistribution.fit(event, time_days)
    times = np.array([1.0, 2.0, 2.0, 2.5, 3.0, 3.0, 9.0])
    before = np.array([False, True, False, False, True, False, False])
    expected = [1.0, 1.0, 0.75, 0.75, 0.75, 0.375, 0.375]
    assert distribution.uncensored_probability(times, before=before).tolist() == expected


def test_without_censoring_it_is_one() -> None:
    distribution = CensoringDistribution.fit(np.array([1, 1, 2]), np.array([1.0, 2.0, 3.0]))
    everywhere = distribution.uncensored_probability(
        np.array([0.5, 2.0, 30.0]), before=np.zeros(3, dtype=np.bool_)
    )
    assert everywhere.tolist() == [1.0, 1.0, 1.0]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 12)), min_size=1, max_size=40))
def test_weights_restore_the_cohort(rows: list[tuple[int, int]]) -> None:
    """The weights 1/G of the cases known at a horizon add up to all cases.

    The redistribution-to-the-right identity holds as long as somebody is followed past the horizon.
    """
    event = np.array([kind for kind, _ in rows], dtype=np.int64)
    time_days = np.array([day for _, day in rows], dtype=np.float64)
    horizon = float(np.median(time_days))
    before = time_days <= horizon
    if before.all():
        return
    distribution = CensoringDistribution.fit(event, time_days)
    at = np.minimum(time_days, horizon)
    probability = distribution.uncensored_probability(at, before=before)
    known = ~before | (event > 0)
    assert np.sum(1.0 / probability[known]) == pytest.approx(len(rows), rel=1e-12)


def test_refuses_unknown_times() -> None:
    with pytest.raises(ValueError, match="NaN"):
        CensoringDistribution.fit(np.array([0, 1]), np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="shape"):
        CensoringDistribution.fit(np.array([0, 1]), np.array([1.0]))


@pytest.mark.parametrize("name", ["distinct_times", "tied_times"])
def test_equals_scikit_survival(reference: dict[str, Any], name: str) -> None:
    data, expected = reference[name]["data"], reference[name]["expected"]["censoring"]
    event = (data["event"] == 1).astype(np.int64)
    distribution = CensoringDistribution.fit(event, data["time_days"].astype(np.float64))
    after = np.zeros(len(expected["times"]), dtype=np.bool_)
    got = distribution.uncensored_probability(expected["times"], before=after)
    assert got == pytest.approx(expected["probability"], abs=1e-12)
