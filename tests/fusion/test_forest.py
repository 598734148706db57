from __future__ import annotations

import numpy as np
import pytest

from tumorcast.fusion.forest import ForestLearner


def test_votes_are_kept_off_0_and_1() -> None:
    label = np.repeat([0, 1], 40)
    matrix = np.where(label == 1, 1.0, -1.0)[:, np.newaxis]
    learner = ForestLearner(n_trees=9).fit(
        matrix, label, np.ones(80), groups=np.arange(80).astype(np.str_), seed=0
    )
    low, high = learner.predict_probability(np.array([[-1.0], [1.0]]))
    assert low == pytest.approx(0.5 / 10)
    assert high == pytest.approx(9.5 / 10)


def test_the_seed_decides_the_trees() -> None:
    random = np.random.default_rng(0)
    matrix, label = random.normal(size=(80, 3)), np.arange(80) % 2
    learned = [
        ForestLearner(n_trees=5).fit(
            matrix, label, np.ones(80), groups=np.arange(80).astype(np.str_), seed=seed
        )
        for seed in (0, 1)
    ]
    one, other = (learner.predict_probability(matrix) for learner in learned)
    assert not np.array_equal(one, other)
