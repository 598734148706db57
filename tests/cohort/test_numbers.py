from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.cohort.numbers import flag_of, is_one_of, number_of


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_prints_is_read_back(value: float) -> None:
    assert number_of(repr(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_decimal_comma_is_read_back(value: float) -> None:
    assert number_of(repr(value).replace(".", ","), ",") == value


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("-3", ".", -3.0),
        ("\N{MINUS SIGN}3", ".", -3.0),
        (".5", ".", 0.5),
        ("1,5", ",", 1.5),
        ("1,5", ".", None),
        ("1.5", ",", None),
        ("1,234.5", ".", None),
        ("<0.5", ".", None),
        ("5 mg", ".", None),
        ("nan", ".", None),
        ("inf", ".", None),
        ("1e999", ".", None),
        ("0x10", ".", None),
        ("1_000", ".", None),
        ("٣", ".", None),
        ("", ".", None),
    ],
)
def test_only_whole_plain_finite_numbers_are_numbers(
    text: str, decimal: str, value: float | None
) -> None:
    assert number_of(text, decimal) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("+", 1.0), ("-", 0.0), ("Yes", 1.0), ("FALSE", 0.0), ("1.0", 1.0), ("2", None), ("?", None)],
)
def test_flags(text: str, value: float | None) -> None:
    assert flag_of(text) == value


def test_equal_numbers_are_the_same_choice_however_written() -> None:
    assert is_one_of("99.0", {"99"})
    assert is_one_of("99,0", {"99"}, ",")
    assert is_one_of("unk", {"unk", "99"})
    assert not is_one_of("unk.", {"unk", "99"})
    assert not is_one_of("98", {"unk", "99"})
