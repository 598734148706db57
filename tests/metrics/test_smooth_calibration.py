from __future__ import annotations

import numpy as np
import pytest

from tumorcast.metrics import PatientBootstrap, SmoothCalibration, calibration_error

RNG = np.random.default_rng(0)
PROBABILITY = np.round(RNG.beta(2, 4, 80), 2)
LABEL = (RNG.random(80) < PROBABILITY).astype(np.int64)


def test_integer_weights_are_repeated_cases() -> None:
    weight = RNG.integers(0, 4, 80).astype(np.float64)
    repeated = np.repeat(np.arange(80), weight.astype(int))
    # The fitting points and neighbourhoods of both must be the same: keep all the probabilities.
    weight[weight == 0], repeated = 1, np.concatenate([repeated, np.flatnonzero(weight == 0)])
    of_weights = calibration_error(LABEL, PROBABILITY, weight)
    assert of_weights == pytest.approx(calibration_error(LABEL[repeated], PROBABILITY[repeated]))
    smooth = SmoothCalibration.of(LABEL, PROBABILITY, weight)
    again = SmoothCalibration.of(LABEL[repeated], PROBABILITY[repeated])
    for share in (0.5, 0.9):
        assert smooth.distance_quantile(weight, share) == pytest.approx(
            again.distance_quantile(np.ones(len(repeated)), share)
        )


def test_a_line_is_reproduced() -> None:
    # Ten cases at each of ten probabilities, of which exactly that share has the event.
    probability = np.repeat(np.arange(1, 10) / 10, 10)
    label = np.concatenate([np.arange(10) < k for k in range(1, 10)]).astype(np.int64)
    assert calibration_error(label, probability) == pytest.approx(0, abs=1e-12)
    halved = calibration_error(label, probability / 2)
    assert halved == pytest.approx(np.mean(probability) / 2, abs=1e-12)


def test_equal_probabilities_have_the_share_of_events() -> None:
    assert calibration_error([1, 0, 0, 0], np.full(4, 0.4)) == pytest.approx(0.15)


def test_resamples_at_once_are_resamples_one_by_one() -> None:
    smooth = SmoothCalibration.of(LABEL, PROBABILITY)
    weights = PatientBootstrap.of([str(i) for i in range(80)], n_resamples=5).counts.astype(
        np.float64
    )
    one_by_one = [smooth.mean_distances(row[None])[0] for row in weights]
    assert smooth.mean_distances(weights) == pytest.approx(one_by_one, abs=1e-12)


def test_no_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="a weight above 0"):
        calibration_error([0, 1], [0.2, 0.3], [0.0, 0.0])
