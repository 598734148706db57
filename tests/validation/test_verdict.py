"""The rule by which a block adds, does not add, or leaves the question open."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tumorcast.validation.verdict import Gain, verdicts


def gain(difference: float, half_width: float, p_value: float) -> Gain:
    low, high = difference - half_width, difference + half_width
    return Gain("clinical", "with", "without", difference, low, high, p_value, spread=1.0)


@pytest.mark.parametrize(
    ("gains", "answer"),
    [
        ([gain(0.08, 0.05, 0.002)], "adds"),
        ([gain(0.08, 0.05, 0.002), gain(0.03, 0.04, 0.14)], "cannot be told"),
        ([gain(-0.08, 0.05, 0.002)], "does not add"),
        ([gain(0.0, 0.015, 1.0)], "does not add"),
        ([gain(0.0, 0.015, 1.0), gain(0.0, 0.03, 1.0)], "cannot be told"),
        ([gain(0.01, 0.04, 0.6)], "cannot be told"),
        ([], "cannot be told"),
        ([gain(math.nan, math.nan, math.nan)], "cannot be told"),
    ],
)
def test_all_comparisons_must_agree(gains: list[Gain], answer: str) -> None:
    (verdict,) = verdicts({"radiomics": gains}, margin=0.02)
    assert verdict.answer == answer


def test_a_gain_is_ruled_out_only_where_other_training_patients_could_not_bring_it() -> None:
    told = gain(0.0, 0.015, 1.0)
    wider = replace(told, spread=1.5)
    assert wider.at_most == pytest.approx(0.0225)
    (verdict,) = verdicts({"radiomics": [wider]}, margin=0.02)
    assert verdict.answer == "cannot be told"
    (verdict,) = verdicts({"radiomics": [wider]}, margin=0.023)
    assert verdict.answer == "does not add"


def test_the_number_of_blocks_is_paid_for() -> None:
    alone = verdicts({"a": [gain(0.05, 0.048, 0.04)]}, margin=0.02)
    assert [v.answer for v in alone] == ["adds"]
    two = verdicts({"a": [gain(0.05, 0.048, 0.04)], "b": [gain(0.01, 0.1, 0.8)]}, margin=0.02)
    assert [v.answer for v in two] == ["cannot be told", "cannot be told"]
    assert two[0].p_holm == pytest.approx(0.08)


def test_a_loss_never_adds_however_small_its_p() -> None:
    (verdict,) = verdicts({"a": [gain(-0.1, 0.02, 1e-9)]}, margin=0.02)
    assert verdict.p_holm == 1.0
    assert verdict.as_dict()["gains"][0]["difference"] == pytest.approx(-0.1)
