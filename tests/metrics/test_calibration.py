from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from tumorcast.metrics import (
    calibration_intercept,
    calibration_intercepts,
    calibration_slope,
    calibration_slopes,
)


def test_intercept_by_hand() -> None:
    # Everybody is told 0.5 and three of four have the event: logit(3/4) is missing.
    value = calibration_intercept([1, 1, 1, 0], [0.5] * 4)
    assert value == pytest.approx(np.log(3), abs=1e-12)


def test_slope_by_hand() -> None:
    # Two risk groups, whose logits are -1 and 1; observed 1/4 and 3/4: logits -log 3 and log 3.
    probability = expit(np.repeat([-1.0, 1.0], 4))
    value = calibration_slope([1, 0, 0, 0, 1, 1, 1, 0], probability)
    assert value == pytest.approx(np.log(3), abs=1e-10)


def test_equals_statsmodels(reference: dict[str, Any]) -> None:
    data, expected = reference["binary"]["data"], reference["binary"]["expected"]
    label, probability, weight = data["label"], data["probability"], data["weight"]
    assert calibration_intercept(label, probability) == pytest.approx(
        expected["calibration_intercept"], abs=1e-9
    )
    assert calibration_slope(label, probability) == pytest.approx(
        expected["calibration_slope"], abs=1e-9
    )
    assert calibration_intercept(label, probability, weight) == pytest.approx(
        expected["weighted_calibration_intercept"], abs=1e-9
    )
    assert calibration_slope(label, probability, weight) == pytest.approx(
        expected["weighted_calibration_slope"], abs=1e-9
    )


def test_stretched_predictions_have_a_slope_below_one() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=4000)
    label = rng.random(4000) < expit(truth)
    honest, stretched = expit(truth), expit(2 * truth)
    assert calibration_slope(label, stretched) == pytest.approx(
        calibration_slope(label, honest) / 2, rel=1e-9
    )


def test_many_weights_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(0)
    label, probability = rng.integers(0, 2, 50), rng.uniform(0.02, 0.98, 50)
    weights = rng.integers(0, 4, (20, 50)).astype(np.float64)
    assert calibration_slopes(label, probability, weights) == pytest.approx(
        [calibration_slope(label, probability, row) for row in weights], abs=1e-10
    )
    assert calibration_intercepts(label, probability, weights) == pytest.approx(
        [calibration_intercept(label, probability, row) for row in weights], abs=1e-10
    )


def test_probabilities_of_0_and_1_are_clipped() -> None:
    value = calibration_intercept([1, 0, 1, 0], [1.0, 0.0, 0.0, 1.0])
    clipped = calibration_intercept([1, 0, 1, 0], expit(np.array([1, -1, -1, 1]) * logit(1 - 1e-6)))
    assert value == pytest.approx(clipped, abs=1e-9)


@pytest.mark.parametrize(
    ("label", "probability"),
    [
        ([0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4]),
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3]),
        ([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9]),
    ],
    ids=["one class", "equal probabilities", "separated"],
)
def test_a_slope_that_is_not_defined_is_refused(label: list[int], probability: list[float]) -> None:
    with pytest.raises(ValueError, match="slope is not defined"):
        calibration_slope(label, probability)
