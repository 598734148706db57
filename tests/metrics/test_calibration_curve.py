from __future__ import annotations

import numpy as np
import pytest
import sklearn.calibration

from tumorcast.metrics import calibration_curve
from tumorcast.metrics.calibration_curve import wilson_interval


def test_by_hand() -> None:
    curve = calibration_curve([0, 1, 1, 1], [0.1, 0.3, 0.6, 0.8], n_groups=2)
    assert curve.predicted == pytest.approx([0.2, 0.7])
    assert curve.observed.tolist() == [0.5, 1.0]
    assert curve.n.tolist() == [2, 2]


def test_equals_sklearn_on_distinct_probabilities() -> None:
    rng = np.random.default_rng(0)
    label, probability = rng.integers(0, 2, 200), rng.random(200)
    curve = calibration_curve(label, probability, n_groups=5)
    observed, predicted = sklearn.calibration.calibration_curve(
        label, probability, n_bins=5, strategy="quantile"
    )
    assert curve.observed == pytest.approx(observed, abs=1e-12)
    assert curve.predicted == pytest.approx(predicted, abs=1e-12)


def test_equal_probabilities_stay_together() -> None:
    curve = calibration_curve([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.9])
    assert curve.predicted == pytest.approx([0.5, 0.9])


def test_the_band_is_wilson() -> None:
    # Wilson's interval of 5 in 20 is (0.1119, 0.4687): Newcombe, Stat Med 1998;17:857.
    low, high = wilson_interval(np.array([0.25]), np.array([20.0]))
    assert (low[0], high[0]) == pytest.approx((0.1119, 0.4687), abs=5e-5)
    curve = calibration_curve([1] * 5 + [0] * 15, [0.25] * 20)
    assert (curve.ci_low[0], curve.ci_high[0]) == pytest.approx((low[0], high[0]), abs=1e-12)


def test_weights_of_zero_leave_out_and_uneven_ones_widen() -> None:
    label, probability = [0, 1, 0, 1, 1], [0.5] * 5
    left_out = calibration_curve(label, probability, [1, 1, 1, 1, 0])
    assert left_out.observed[0] == 0.5
    assert left_out.n[0] == 4
    uneven = calibration_curve(label, probability, [2, 2, 0.5, 0.5, 0])
    assert uneven.ci_low[0] < left_out.ci_low[0]
    with pytest.raises(ValueError, match="weight above 0"):
        calibration_curve(label, probability, [0] * 5)
