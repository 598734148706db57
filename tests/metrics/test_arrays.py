from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tumorcast.metrics import (
    YOUDEN,
    auprc,
    auroc,
    brier,
    calibration_curve,
    calibration_error,
    calibration_intercept,
    calibration_slope,
    observed_expected_ratio,
    pr_curve,
    rate_at,
    roc_curve,
    scaled_brier,
)

OF_SCORES = [auroc, auprc, roc_curve, pr_curve]
OF_PROBABILITIES = [
    brier,
    calibration_curve,
    calibration_intercept,
    calibration_slope,
    scaled_brier,
    calibration_error,
    observed_expected_ratio,
    YOUDEN.choose,
]
LABEL = np.array([0, 1, 0, 1])


@pytest.mark.parametrize("metric", [*OF_SCORES, *OF_PROBABILITIES])
def test_every_metric_refuses_what_it_cannot_mean(metric: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        metric(LABEL, np.array([0.1, np.nan, 0.2, 0.3]))
    with pytest.raises(ValueError, match="0 and 1 only"):
        metric(np.array([0, 1, 2, 1]), np.full(4, 0.5))
    with pytest.raises(ValueError, match="shape"):
        metric(LABEL, np.full(3, 0.5))
    with pytest.raises(ValueError, match="weight must not be below 0"):
        metric(LABEL, np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, -1.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match="label must have the shape"):
        metric(np.empty(0, dtype=np.int64), np.empty(0))


@pytest.mark.parametrize("metric", OF_PROBABILITIES)
def test_a_risk_score_is_not_a_probability(metric: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="not a probability"):
        metric(LABEL, np.array([0.1, 1.5, 0.2, 0.3]))


@pytest.mark.parametrize(
    "metric", [*OF_SCORES, calibration_intercept, calibration_slope, scaled_brier, YOUDEN.choose]
)
def test_one_class_is_refused(metric: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"needs|one class"):
        metric(np.zeros(4, dtype=np.int64), np.array([0.1, 0.2, 0.3, 0.4]))


def test_thresholds_lie_between_0_and_1() -> None:
    with pytest.raises(ValueError, match="finite"):
        rate_at("accuracy", LABEL, np.full(4, 0.5), np.array([0.5, np.nan, 0.5, 0.5]))
