from __future__ import annotations

import numpy as np
import pytest

from tumorcast.fusion.logistic import LogisticLearner


def test_the_probability_is_that_of_the_formula() -> None:
    state = {"coefficients": np.array([-1.0, 2.0, 0.5]), "penalty": np.array(1.0)}
    learner = LogisticLearner().restore(state)
    expected = 1 / (1 + np.exp(1 - 2 * 0.3 - 0.5 * 0.4))
    assert learner.predict_probability(np.array([[0.3, 0.4]])) == pytest.approx([expected])
    assert learner.importance().tolist() == [0.8, 0.2]


def test_the_order_of_the_rows_changes_rounding_at_most() -> None:
    random = np.random.default_rng(0)
    matrix, label = random.normal(size=(90, 5)), np.arange(90) % 3 // 2
    order = random.permutation(90)
    alone = np.arange(90).astype(np.str_)
    one = LogisticLearner().fit(matrix, label, np.ones(90), groups=alone, seed=0)
    other = LogisticLearner().fit(
        matrix[order], label[order], np.ones(90), groups=alone[order], seed=1
    )
    np.testing.assert_allclose(one.coefficients_, other.coefficients_, atol=1e-9)
    assert one.penalty_ == other.penalty_
