"""Recalibration of a score and the decision threshold."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from tumorcast.cohort import BinaryTarget
from tumorcast.fusion.calibration import MIN_SLOPE, Calibration
from tumorcast.metrics import ThresholdRule


def target_of(label: NDArray[np.bool_], weight: NDArray[np.float64] | None = None) -> BinaryTarget:
    return BinaryTarget(label.astype(np.int64), np.ones(len(label)) if weight is None else weight)


def test_finds_the_line_that_made_the_labels() -> None:
    random = np.random.default_rng(0)
    score = random.normal(size=40_000)
    label = random.random(40_000) < expit(0.5 * score - 1)
    calibration = Calibration.fit(score, target_of(label))
    assert calibration.slope == pytest.approx(0.5, abs=0.04)
    assert calibration.intercept == pytest.approx(-1, abs=0.04)


def test_mean_probability_is_near_the_share_of_events() -> None:
    score = np.linspace(-3, 3, 200)
    label = np.arange(200) % 4 == 0
    probability = Calibration.fit(score, target_of(label)).probability(score)
    assert probability.mean() == pytest.approx(0.25, abs=0.01)


def test_stays_finite_when_the_score_separates_the_classes() -> None:
    score = np.r_[np.full(10, -1.0), np.full(10, 1.0)]
    calibration = Calibration.fit(score, target_of(score > 0))
    # Platt's targets are (10 + 1) / (10 + 2) and 1 / (10 + 2); two points determine the line.
    assert calibration.probability(np.array([-1.0, 1.0])) == pytest.approx([1 / 12, 11 / 12], 1e-3)
    assert calibration.threshold == pytest.approx(0.5, abs=1e-3)


def test_never_turns_the_order_around() -> None:
    score = np.linspace(-1, 1, 40)
    calibration = Calibration.fit(score, target_of(score < 0))
    assert calibration.slope == MIN_SLOPE
    assert np.all(np.diff(calibration.probability(score)) > 0)


def test_a_weight_of_two_counts_as_two_cases_and_of_zero_as_none() -> None:
    random = np.random.default_rng(1)
    score, label = random.normal(size=60), random.random(60) < 0.4
    weight = np.r_[np.full(20, 2.0), np.full(20, 1.0), np.zeros(20)]
    row = np.r_[np.arange(20), np.arange(40)]
    weighted = Calibration.fit(score, target_of(label, weight))
    repeated = Calibration.fit(score[row], target_of(label[row]))
    assert weighted.slope == pytest.approx(repeated.slope, abs=1e-4)
    assert weighted.intercept == pytest.approx(repeated.intercept, abs=1e-4)
    assert weighted.threshold == pytest.approx(repeated.threshold, abs=1e-4)


def test_comes_back_from_its_state() -> None:
    calibration = Calibration(0.7, -1.2, 0.3)
    assert Calibration.restore(calibration.state()) == calibration


def test_the_rule_chooses_the_threshold_and_nothing_else() -> None:
    score = np.linspace(-3, 3, 200)
    target = target_of(np.random.default_rng(1).random(200) < expit(score))
    youden = Calibration.fit(score, target)
    sensitive = Calibration.fit(score, target, ThresholdRule("sensitivity", 0.99))
    assert (sensitive.slope, sensitive.intercept) == (youden.slope, youden.intercept)
    assert sensitive.threshold < youden.threshold
    called = sensitive.probability(score) >= sensitive.threshold
    assert called[target.label == 1].mean() >= 0.99
