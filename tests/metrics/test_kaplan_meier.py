from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from tumorcast.metrics import kaplan_meier


def test_by_hand() -> None:
    # Day 1: one of four. Day 2: one of three; the censoring of that day comes after it.
    curve = kaplan_meier([1, 1, 0, 0], [1, 2, 2, 5])
    assert curve.time_days.tolist() == [0, 1, 2, 5]
    assert curve.survival == pytest.approx([1, 3 / 4, 1 / 2, 1 / 2], abs=1e-15)
    assert curve.n_at_risk.tolist() == [4, 4, 3, 1]
    assert curve.n_events.tolist() == [0, 1, 1, 0]
    assert curve.n_censored.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("name", ["distinct_times", "tied_times"])
def test_equals_scikit_survival(reference: dict[str, Any], name: str) -> None:
    data, expected = reference[name]["data"], reference[name]["expected"]["kaplan_meier"]
    curve = kaplan_meier((data["event"] == 1).astype(int), data["time_days"])
    assert np.array_equal(curve.time_days[1:], expected["time_days"])
    assert curve.survival[1:] == pytest.approx(expected["survival"], abs=1e-12)
    inside = (curve.survival[1:] > 0) & (curve.survival[1:] < 1)
    assert curve.ci_low[1:][inside] == pytest.approx(expected["ci_low"][inside], abs=1e-12)
    assert curve.ci_high[1:][inside] == pytest.approx(expected["ci_high"][inside], abs=1e-12)


def test_equals_lifelines(reference: dict[str, Any]) -> None:
    data = reference["distinct_times"]["data"]
    event = (data["event"] == 1).astype(int)
    curve = kaplan_meier(event, data["time_days"])
    fitter = KaplanMeierFitter().fit(data["time_days"], event)
    assert curve.survival == pytest.approx(
        fitter.survival_function_["KM_estimate"].to_numpy(), abs=1e-12
    )


def test_before_the_first_event_the_band_is_one_and_after_the_last_there_is_none() -> None:
    curve = kaplan_meier([0, 1, 1], [1, 2, 3])
    assert (curve.ci_low[:2] == 1).all()
    assert (curve.ci_high[:2] == 1).all()
    assert curve.survival[-1] == 0
    assert np.isnan(curve.ci_low[-1])
    assert np.isnan(curve.ci_high[-1])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="aalen_johansen"):
        kaplan_meier([0, 2], [1, 2])
    with pytest.raises(ValueError, match="above 0"):
        kaplan_meier([0, 1], [0, 2])
    with pytest.raises(ValueError, match="must be finite"):
        kaplan_meier([0, 1], [np.nan, 2])
