"""Net benefit against hand-computed values and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.metrics import net_benefits

LABEL = np.array([1, 1, 0, 0, 0])
PROBABILITY = np.array([0.9, 0.3, 0.6, 0.2, 0.1])


def test_net_benefit_by_hand() -> None:
    # At 0.25: 2 true, 1 false positive of 5; at 0.5: 1 true, 1 false.
    found = net_benefits(LABEL, PROBABILITY, [0.25, 0.5])
    np.testing.assert_allclose(found, [2 / 5 - 1 / 5 * (0.25 / 0.75), 1 / 5 - 1 / 5])


def test_treating_everybody_has_its_closed_form() -> None:
    at = np.array([0.05, 0.2, 0.4, 0.9])
    found = net_benefits(LABEL, np.ones(5), at)
    np.testing.assert_allclose(found, 0.4 - 0.6 * at / (1 - at), atol=1e-15)
    assert found[2] == pytest.approx(0.0)  # nothing is gained at a threshold of the prevalence


def test_treating_nobody_brings_nothing() -> None:
    assert net_benefits(LABEL, np.zeros(5), [0.1, 0.9]).tolist() == [0.0, 0.0]


def test_a_weight_of_two_is_a_patient_seen_twice() -> None:
    twice = np.r_[LABEL, LABEL[1]], np.r_[PROBABILITY, PROBABILITY[1]]
    weight = np.array([1.0, 2.0, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(
        net_benefits(LABEL, PROBABILITY, [0.2, 0.3, 0.5], weight),
        net_benefits(*twice, [0.2, 0.3, 0.5]),
    )


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.1])
def test_a_threshold_outside_zero_and_one_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="thresholds"):
        net_benefits(LABEL, PROBABILITY, [threshold])
