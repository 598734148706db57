from __future__ import annotations

import numpy as np
import pytest

from tumorcast.metrics import incidence_calibration, kaplan_meier


def test_without_competing_events_it_is_one_minus_kaplan_meier_of_the_group() -> None:
    rng = np.random.default_rng(0)
    probability, days = rng.random(60), rng.uniform(1, 100, 60)
    event = rng.integers(0, 2, 60)
    found = incidence_calibration(event, days, probability, horizon_days=50, n_groups=3)
    highest = probability > np.quantile(probability, 2 / 3)
    curve = kaplan_meier(event[highest], days[highest])
    survived = curve.survival[curve.time_days <= 50][-1]
    assert found.observed[-1] == pytest.approx(1 - survived)
    assert found.n.sum() == 60


def test_equal_probabilities_stay_together() -> None:
    found = incidence_calibration([1, 0, 1], [1, 2, 3], [0.4] * 3, horizon_days=2.5, n_groups=3)
    assert found.n.tolist() == [3]
    assert found.observed == pytest.approx([1 / 3])
    later = incidence_calibration([1, 0, 1], [1, 2, 3], [0.4] * 3, horizon_days=9, n_groups=3)
    assert later.observed == pytest.approx([1.0])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="above 0 days"):
        incidence_calibration([1, 0], [1, 2], [0.1, 0.2], horizon_days=0)
    with pytest.raises(ValueError, match="not a probability"):
        incidence_calibration([1, 0], [1, 2], [0.1, 1.2], horizon_days=1)
