"""The score of signs that are learned from times."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import NelsonAalenFitter

from tumorcast.fusion.sign_hazard import SignHazardLearner, martingale_residual
from tumorcast.metrics import c_index


def test_the_residual_is_the_event_less_the_nelson_aalen_hazard() -> None:
    rng = np.random.default_rng(1)
    time = rng.permutation(np.arange(1.0, 61.0))
    event = rng.random(60) < 0.4
    fitted = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(time, event)
    hazard = fitted.cumulative_hazard_at_times(time).to_numpy()
    residual = martingale_residual(event, time)
    assert residual == pytest.approx(event - hazard, abs=1e-12)
    assert residual.sum() == pytest.approx(0, abs=1e-12)
    assert not martingale_residual(np.zeros(3, dtype=np.bool_), np.ones(3)).any()


def test_only_signs_and_membership_are_learned() -> None:
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(400, 6))
    hazard = np.exp(matrix[:, 0] - 0.3 * matrix[:, 1])
    onset, end = rng.exponential(1 / hazard), rng.exponential(1.5, 400)
    event, time = (onset <= end).astype(np.int64), np.minimum(onset, end)
    groups = np.arange(400).astype(np.str_)
    learner = SignHazardLearner().fit(matrix, event, time, groups=groups, seed=1)
    signs = learner.coefficients_
    assert signs[0] > 0 > signs[1]
    assert np.abs(signs[2:]).max() < 0.5 * np.abs(signs[:2]).min()
    far = matrix * np.array([1.0, 5.0, 1, 1, 1, 1])  # ranks are the same, so are the signs
    again = SignHazardLearner().fit(far, event, time, groups=groups, seed=1)
    assert np.array_equal(again.coefficients_, signs)


def test_the_incidence_is_that_of_the_rows() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(300, 1))
    onset = rng.exponential(30 * np.exp(-matrix[:, 0]))
    event, time = (onset < 10).astype(np.int64), np.minimum(onset, 10.0)
    groups = np.arange(300).astype(np.str_)
    learner = SignHazardLearner().fit(matrix, event, time, groups=groups, seed=1)
    assert c_index(event, time, learner.predict_risk(matrix)) > 0.7
    incidence = learner.predict_incidence(matrix, np.array([5.0]))[:, 0].mean()
    assert incidence == pytest.approx(np.mean((time <= 5) & (event == 1)), abs=0.03)
