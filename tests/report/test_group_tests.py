from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tumorcast.report.group_tests import (
    counts_of,
    p_of_levels,
    p_of_numbers,
    smd_of_levels,
    smd_of_numbers,
)


def levels(**counts: int) -> pd.Series[str]:
    return pd.Series([name for name, n in counts.items() for _ in range(n)])


def test_numbers_are_compared_by_ranks() -> None:
    # Ranks 1 to 3 against 4 to 6: H = 12/42 (6**2 + 15**2) / 3 - 21 = 27/7, on one degree.
    one, other = pd.Series([1.0, 2.0, 3.0]), pd.Series([4.0, 50.0, math.nan, 600.0])
    assert p_of_numbers([one, other]) == pytest.approx(math.erfc(math.sqrt(27 / 7 / 2)), rel=1e-12)


def test_categories_by_chi_square_without_correction() -> None:
    # 30/10 against 20/40: n (ad - bc)^2 / (row and column sums) = 100 * 1000**2 / (40*60*50*50).
    p_value = p_of_levels([levels(a=30, b=10), levels(a=20, b=40)])
    chi_square = 100 * 1000**2 / (40 * 60 * 50 * 50)
    assert p_value == pytest.approx(math.erfc(math.sqrt(chi_square / 2)), rel=1e-9)


def test_a_small_table_of_two_by_two_is_judged_exactly() -> None:
    # Fisher's tea: 3 and 1 against 1 and 3; (1 + 16 + 16 + 1) / 70.
    assert p_of_levels([levels(a=3, b=1), levels(a=1, b=3)]) == pytest.approx(34 / 70)


def test_what_cannot_be_compared_has_no_p() -> None:
    same = pd.Series([1.0, 1.0])
    assert math.isnan(p_of_numbers([same, same]))
    assert math.isnan(p_of_numbers([same, pd.Series([math.nan])]))
    assert math.isnan(p_of_levels([levels(a=3), levels(a=2)]))
    assert math.isnan(p_of_levels([levels(a=3, b=1), pd.Series([], dtype=object)]))


def test_standardised_difference_of_numbers() -> None:
    one, other = pd.Series([1.0, 3.0]), pd.Series([4.0, 8.0, math.nan])
    assert smd_of_numbers(one, other) == pytest.approx(4 / math.sqrt((2 + 8) / 2))
    assert math.isnan(smd_of_numbers(one, pd.Series([4.0])))


def test_standardised_difference_of_two_levels_is_that_of_proportions() -> None:
    p, q = 0.75, 0.4
    expected = abs(p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert smd_of_levels(levels(a=15, b=5), levels(a=8, b=12)) == pytest.approx(expected)


def test_standardised_difference_of_many_levels_does_not_depend_on_their_order() -> None:
    one, other = levels(a=5, b=9, c=6), levels(c=10, a=3, b=7)
    turned = smd_of_levels(levels(c=6, b=9, a=5), levels(b=7, c=10, a=3))
    assert smd_of_levels(one, other) == pytest.approx(turned)
    assert smd_of_levels(one, one) == pytest.approx(0, abs=1e-9)


def test_counts_leave_missing_values_out() -> None:
    found = counts_of([pd.Series(["a", None, "b"]), pd.Series(["b", "b"])])
    assert np.array_equal(found, [[1, 1], [0, 2]])
