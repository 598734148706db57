from __future__ import annotations

from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tumorcast.cohort.suspicious import CONVERSIONS, TwoUnits, two_units, unexplained_spikes


@pytest.mark.parametrize(
    ("low", "high", "spread", "units"),
    [
        (13.0, 130.0, 0.1, "g/dL and g/L, or mm and cm"),
        (1.72, 172.0, 0.05, "m and cm"),
        (0.9, 80.0, 0.25, "mg/dL and umol/L of creatinine"),
        (24.0, 730.0, 0.3, "months and days"),
        (66.0, 168.0, 0.05, "inches and cm"),
    ],
)
@pytest.mark.parametrize("n_high", [4, 30, 56])
def test_two_units_in_one_column_are_seen(
    low: float, high: float, spread: float, units: str, n_high: int
) -> None:
    rng = np.random.default_rng(n_high)
    lows = rng.lognormal(np.log(low), spread, 60 - n_high).tolist()
    highs = rng.lognormal(np.log(high), spread, n_high).tolist()
    gap = (max(lows), min(highs))
    expected = TwoUnits(median(lows), median(highs), len(lows), len(highs), gap, units)
    assert two_units([*highs, *lows]) == expected


@pytest.mark.parametrize("n", [20, 60, 300])
def test_one_unit_is_not_taken_for_two_however_long_its_tail(n: int) -> None:
    rng = np.random.default_rng(n)
    samples = [
        rng.normal(60, 12, (100, n)),
        rng.lognormal(3, 1, (100, n)),
        rng.lognormal(3, 2.5, (100, n)),
        rng.exponential(1, (100, n)),
        rng.choice([1.0, 10.0], (100, n)),
        rng.integers(1, 8, (100, n)).astype(float),
    ]
    alarms = [sum(two_units(row) is not None for row in sample.tolist()) for sample in samples]
    assert max(alarms) <= 2


def test_few_numbers_zeros_and_negatives_say_nothing() -> None:
    assert two_units([1.0, 1.1, 1.2, 100.0, 101.0, 102.0]) is None
    assert two_units([0.0] * 30 + [-5.0] * 30) is None


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.floats(1e-3, 1e3), min_size=20, max_size=40),
    factor=st.sampled_from([1e-3, 7.0, 1e4]),
)
def test_the_unit_of_the_whole_column_does_not_matter(values: list[float], factor: float) -> None:
    one, other = two_units(values), two_units([value * factor for value in values])
    assert (one is None) == (other is None)
    assert one is None or other is None or one.n_low == other.n_low
    assert min(CONVERSIONS) > 2


def test_codes_that_stand_out_are_named_with_their_counts() -> None:
    ages = [float(40 + i % 45) for i in range(90)]
    assert dict(unexplained_spikes([*ages, -1.0, -1.0])) == {-1.0: 2}
    assert dict(unexplained_spikes([*ages, *[99.0] * 8])) == {99.0: 8}
    assert dict(unexplained_spikes([*ages, *[999.0] * 2])) == {999.0: 2}
    grades = [1.0, 2.0, 3.0] * 10
    assert dict(unexplained_spikes([*grades, 9.0, 9.0])) == {9.0: 2}


def test_numbers_of_a_measurement_do_not_stand_out() -> None:
    assert dict(unexplained_spikes([float(value) for value in range(60, 130)])) == {}
    assert dict(unexplained_spikes([90.0, 95.0, 99.0, 99.0, 97.0, 91.0] * 5)) == {}
    assert dict(unexplained_spikes([50.0, 60.0, 70.0, 80.0, 999.0])) == {}
