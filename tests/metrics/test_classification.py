from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score

from tumorcast.metrics import (
    accuracy_at,
    balanced_accuracy_at,
    sensitivity_at,
    specificity_at,
)

LABEL = [1, 1, 0, 0, 0]
PROBABILITY = [0.9, 0.3, 0.3, 0.2, 0.6]


def test_by_hand() -> None:
    # At or above 0.3 is positive: hits 2 of 2, false alarms 2 of 3.
    assert sensitivity_at(LABEL, PROBABILITY, 0.3) == 1.0
    assert specificity_at(LABEL, PROBABILITY, 0.3) == pytest.approx(1 / 3, abs=1e-15)
    assert accuracy_at(LABEL, PROBABILITY, 0.3) == pytest.approx(3 / 5, abs=1e-15)
    assert balanced_accuracy_at(LABEL, PROBABILITY, 0.3) == pytest.approx(2 / 3, abs=1e-15)


def test_each_row_has_its_own_threshold() -> None:
    assert accuracy_at(LABEL, PROBABILITY, [0.5, 0.2, 0.4, 0.4, 0.7]) == 1.0


def test_equals_sklearn_with_weights() -> None:
    rng = np.random.default_rng(0)
    label, probability = rng.integers(0, 2, 60), rng.random(60)
    weight, called = rng.random(60), probability >= 0.4
    given = {"sample_weight": weight}
    assert accuracy_at(label, probability, 0.4, weight) == pytest.approx(
        accuracy_score(label, called, **given), abs=1e-12
    )
    assert sensitivity_at(label, probability, 0.4, weight) == pytest.approx(
        recall_score(label, called, **given), abs=1e-12
    )
    assert specificity_at(label, probability, 0.4, weight) == pytest.approx(
        recall_score(1 - label, ~called, **given), abs=1e-12
    )
    assert balanced_accuracy_at(label, probability, 0.4, weight) == pytest.approx(
        balanced_accuracy_score(label, called, **given), abs=1e-12
    )


def test_a_missing_class_is_refused() -> None:
    with pytest.raises(ValueError, match="sensitivity needs a case with the event"):
        sensitivity_at([0, 0], [0.1, 0.2], 0.5)
    with pytest.raises(ValueError, match="specificity needs a case without the event"):
        specificity_at([1, 1], [0.1, 0.2], 0.5)
