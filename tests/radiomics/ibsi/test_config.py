"""Bins and processing parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.errors import StudyRefusedError
from tumorcast.radiomics.ibsi import Config, FixedBinNumber, FixedBinSize


def test_bins_of_one_size_count_from_the_lower_bound_or_the_smallest_value() -> None:
    values = np.array([0.0, 24.9, 25.0, 60.0])
    assert FixedBinSize(25).levels(values, -50).tolist() == [3, 3, 4, 5]
    assert FixedBinSize(25).levels(values, None).tolist() == [1, 1, 2, 3]


def test_the_largest_value_belongs_to_the_last_bin() -> None:
    values = np.array([0.0, 2.4, 2.5, 10.0])
    assert FixedBinNumber(4).levels(values, None).tolist() == [1, 1, 2, 4]
    assert FixedBinNumber(4).levels(np.full(3, 7.0), None).tolist() == [1, 1, 1]


@given(
    st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=40), st.integers(1, 64), st.floats(-50, 50)
)
def test_a_number_of_bins_bounds_the_levels_and_keeps_their_order(
    values: list[float], count: int, bound: float
) -> None:
    x = np.sort(np.array(values))
    levels = FixedBinNumber(count).levels(x, bound)
    assert levels.min() >= 1
    assert levels.max() <= count
    assert (np.diff(levels) >= 0).all()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: FixedBinSize(0), "IBS-01"),
        (lambda: FixedBinNumber(0), "IBS-01"),
        (lambda: Config(intensity_range=(400, -500)), "IBS-02"),
        (lambda: Config(spacing_mm=(1, 0, 1)), "IBS-03"),
    ],
)
def test_parameters_without_meaning_are_refused(make: Callable[[], Any], code: str) -> None:
    with pytest.raises(StudyRefusedError) as refusal:
        make()
    assert refusal.value.findings[0].code == code
