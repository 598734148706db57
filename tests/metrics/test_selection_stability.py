"""Stability of selections, against its authors' own program."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tumorcast.metrics import selection_stability

VALUES = json.loads(
    (Path(__file__).parents[1] / "oracles" / "selection_stability" / "values.json").read_text()
)


@pytest.mark.parametrize("name", VALUES)
def test_authors_values_are_met(name: str) -> None:
    expected = VALUES[name]
    found = selection_stability(np.array(expected["chosen"], dtype=bool))
    assert found.value == pytest.approx(expected["stability"], rel=1e-12)
    assert found.ci_low == pytest.approx(expected["lower"], rel=1e-12)
    assert found.ci_high == pytest.approx(expected["upper"], rel=1e-12)


def test_equal_selections_are_perfectly_stable() -> None:
    chosen = np.tile(np.arange(12) < 4, (6, 1))
    assert selection_stability(chosen) == pytest.approx((1.0, 1.0, 1.0))


def test_selections_by_chance_are_about_zero() -> None:
    chosen = np.random.default_rng(0).random((200, 60)).argsort(axis=1) < 6
    found = selection_stability(chosen)
    assert found.ci_low < 0 < found.ci_high
    assert abs(found.value) < 0.02


@pytest.mark.parametrize("chosen", [np.ones((4, 5)), np.zeros((4, 5)), np.eye(1, 5)])
def test_without_a_choice_it_is_not_defined(chosen: np.ndarray) -> None:
    assert np.isnan(selection_stability(chosen.astype(bool))).all()
