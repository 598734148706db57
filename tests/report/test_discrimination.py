from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.metrics import auprc, auroc
from tumorcast.report.discrimination import GRID, band_of, pr_heights, roc_heights
from tumorcast.validation import ArmScores

MakeScores = Callable[..., ArmScores]


@pytest.fixture(scope="module")
def arm(make_scores: MakeScores) -> ArmScores:
    rng = np.random.default_rng(5)
    label = rng.integers(0, 2, 300)
    return make_scores(label, 1 / (1 + np.exp(-label - rng.normal(size=(3, 300)))))


def test_area_below_the_mean_curve_is_the_mean_auroc(arm: ArmScores) -> None:
    area = np.trapezoid(roc_heights(arm, arm.weight), GRID)
    assert area == pytest.approx(np.mean([auroc(arm.label, risk) for risk in arm.risk]), abs=0.005)


def test_area_below_the_mean_precision_is_the_mean_auprc(arm: ArmScores) -> None:
    area = np.mean(pr_heights(arm, arm.weight)[1:])
    assert area == pytest.approx(np.mean([auprc(arm.label, risk) for risk in arm.risk]), abs=0.01)


def test_precision_by_hand(make_scores: MakeScores) -> None:
    arm = make_scores(np.array([1, 0, 1]), np.array([[0.9, 0.5, 0.1]]))
    heights = pr_heights(arm, arm.weight)
    assert heights[GRID <= 0.5].tolist() == [1.0] * 51
    assert heights[GRID > 0.5] == pytest.approx(2 / 3)


def test_a_perfect_model_touches_the_corner(make_scores: MakeScores) -> None:
    label = np.array([0, 0, 1, 1])
    perfect = make_scores(label, label[None].astype(float))
    assert roc_heights(perfect, perfect.weight)[1:].tolist() == [1.0] * (len(GRID) - 1)
    assert pr_heights(perfect, perfect.weight).tolist() == [1.0] * len(GRID)


def test_band_holds_the_curve_and_narrows_with_more_patients(
    arm: ArmScores, make_scores: MakeScores
) -> None:
    band = band_of(arm, roc_heights)
    inside = (band.low <= band.mean) & (band.mean <= band.high)
    assert inside.mean() > 0.95
    few = make_scores(arm.label[:60], arm.risk[:, :60])
    assert np.mean(band.high - band.low) < np.mean(np.subtract(*_ends(few)))


def _ends(arm: ArmScores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    band = band_of(arm, roc_heights)
    return band.high, band.low
