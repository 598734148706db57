from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tumorcast.metrics import aalen_johansen, kaplan_meier


def test_by_hand() -> None:
    # Day 1: the event in one of four: 1/4. Day 2: competing, 1/3 of the 3/4 left: survival 1/2.
    # Day 3: the event in one of two: 1/4 + 1/2 * 1/2.
    curve = aalen_johansen([1, 2, 1, 0], [1, 2, 3, 4])
    assert curve.incidence == pytest.approx([0, 1 / 4, 1 / 4, 1 / 2, 1 / 2], abs=1e-15)
    other = aalen_johansen([1, 2, 1, 0], [1, 2, 3, 4], cause=2)
    assert other.incidence == pytest.approx([0, 0, 1 / 4, 1 / 4, 1 / 4], abs=1e-15)


@pytest.mark.parametrize("name", ["competing", "competing_tied"])
def test_equals_scikit_survival(reference: dict[str, Any], name: str) -> None:
    data, expected = reference[name]["data"], reference[name]["expected"]
    curve = aalen_johansen(data["event"], data["time_days"])
    assert np.array_equal(curve.time_days[1:], expected["time_days"])
    assert curve.incidence[1:] == pytest.approx(expected["incidence"], abs=1e-12)
    inside = np.isfinite(expected["ci_low"].astype(float)) & (expected["incidence"] > 0)
    assert inside.sum() > 5
    assert curve.ci_low[1:][inside] == pytest.approx(expected["ci_low"][inside], abs=1e-9)
    assert curve.ci_high[1:][inside] == pytest.approx(expected["ci_high"][inside], abs=1e-9)


def test_without_competing_events_it_is_one_minus_kaplan_meier(reference: dict[str, Any]) -> None:
    data = reference["tied_times"]["data"]
    event = (data["event"] == 1).astype(int)
    incidence = aalen_johansen(event, data["time_days"])
    survival = kaplan_meier(event, data["time_days"])
    assert incidence.incidence == pytest.approx(1 - survival.survival, abs=1e-12)


def test_the_incidences_and_the_survival_add_up_to_one(reference: dict[str, Any]) -> None:
    data = reference["competing_tied"]["data"]
    parts = [aalen_johansen(data["event"], data["time_days"], cause=k).incidence for k in (1, 2)]
    free = kaplan_meier((data["event"] > 0).astype(int), data["time_days"]).survival
    assert sum(parts) + free == pytest.approx(np.ones(len(free)), abs=1e-12)


def test_the_band_stays_inside() -> None:
    curve = aalen_johansen([1, 1, 2, 1], [1, 2, 3, 4])
    assert np.all((curve.ci_low >= 0) & (curve.ci_high <= 1))
    assert np.all(curve.ci_low <= curve.incidence)
    assert np.all(curve.incidence <= curve.ci_high)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="start at 0"):
        aalen_johansen([-1, 1], [1, 2])
    with pytest.raises(ValueError, match="must be finite"):
        aalen_johansen([1, 1], [np.nan, 2])
