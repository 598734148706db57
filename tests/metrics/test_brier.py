from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from tumorcast.metrics import CensoringDistribution, brier


def test_by_hand() -> None:
    assert brier([1, 0], [0.5, 0.5]) == 0.25
    assert brier([1, 0], [1.0, 0.0]) == 0.0
    assert brier([1, 0], [1.0, 0.5], [3, 1]) == 0.0625


def test_equals_sklearn_with_weights() -> None:
    rng = np.random.default_rng(0)
    label, probability, weight = rng.integers(0, 2, 60), rng.random(60), rng.random(60)
    expected = brier_score_loss(label, probability, sample_weight=weight)
    assert brier(label, probability, weight) == pytest.approx(expected, abs=1e-12)


def test_with_censoring_weights_equals_scikit_survival(reference: dict[str, Any]) -> None:
    data, expected = (reference["distinct_times"][part] for part in ("data", "expected"))
    horizon = expected["horizon_days"]
    event, days = (data["event"] == 1).astype(np.int64), data["time_days"]
    before = days <= horizon
    probability = CensoringDistribution.fit(event, days).uncensored_probability(
        np.minimum(days, horizon), before=before
    )
    weight = np.where(~before | (event == 1), 1 / probability, 0)
    value = brier(before & (event == 1), 1 / (1 + np.exp(-data["risk"])), weight)
    # The judge divides by the number of cases, to which the weights add up.
    assert value == pytest.approx(expected["brier_at_horizon"], abs=1e-12)
