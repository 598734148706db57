from __future__ import annotations

import math

import pytest

from tumorcast.fusion.class_learners import CLASS_LEARNERS
from tumorcast.fusion.learners import LEARNERS
from tumorcast.fusion.survival_learners import SURVIVAL_LEARNERS
from tumorcast.report import words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7449, "0.74"), (-0.031, "\N{MINUS SIGN}0.03"), (-0.001, "0.00"), (math.nan, "\N{EN DASH}")],
)
def test_number(value: float, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.051, "+0.05"), (0.001, "0.00")])
def test_signed(value: float, text: str) -> None:
    assert words.signed(value) == text


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(0.0004, "< 0.001"), (0.0312, "0.031"), (0.234, "0.23"), (math.nan, "\N{EN DASH}")],
)
def test_p_text(p_value: float, text: str) -> None:
    assert words.p_text(p_value) == text


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (730.0, "2 years"),
        (730.5, "2 years"),
        (365.0, "1 year"),
        (250.0, "250 days"),
        (math.inf, "whole follow-up"),
    ],
)
def test_horizon_words(days: float, text: str) -> None:
    assert words.horizon_words(days) == text


@pytest.mark.parametrize(
    ("region", "text"),
    [
        ("tumor", "tumour"),
        ("shell_0_5mm", "shell 0 to 5 mm"),
        ("shell_m3_0mm", "shell \N{MINUS SIGN}3 to 0 mm"),
        ("shell_0_2p5mm", "shell 0 to 2.5 mm"),
        ("my_ring", "my ring"),
        ("shell", "shell"),
    ],
)
def test_region_words(region: str, text: str) -> None:
    assert words.region_words(region) == text


def test_names_keep_abbreviations() -> None:
    assert words.arm_name("ct_radiomics") == "CT radiomics"
    assert words.arm_name("clinical_volume").split() == ["clinical", "+", "volume"]
    assert words.name_words("hpv_positive") == "HPV positive"
    assert words.title_words("hnscc-dm") == "HNSCC DM"
    assert words.title_words("head-neck-mets") == "Head neck mets"
    assert words.title_words("as written: x-y") == "as written: x-y"


def test_counts_and_shares() -> None:
    assert words.count(1, "case") == "1 case"
    assert words.count(2, "case") == "2 cases"
    assert words.percent(1, 8) == "12%"
    assert words.percent(0, 0) == "\N{EN DASH}"
    assert words.interval(0.5, math.nan) == ""


def test_every_learner_has_the_name_that_papers_give_it() -> None:
    assert set(words.LEARNER_NAMES) == {*LEARNERS, *SURVIVAL_LEARNERS, *CLASS_LEARNERS}
    assert set(SURVIVAL_LEARNERS) == words.LEARNERS_ON_TIMES
