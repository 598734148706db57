from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from tumorcast.fusion import CLASS_LEARNERS, LEARNERS, check_class_learner
from tumorcast.fusion.class_calibration import ClassCalibration
from tumorcast.fusion.class_learner import OneAgainstRest
from tumorcast.fusion.multinomial import MultinomialLearner
from tumorcast.fusion.neighbours import NeighboursLearner

Data = tuple[NDArray[np.float64], NDArray[np.int64]]

ALONE = np.arange(120).astype(np.str_)


@pytest.fixture(scope="module")
def data() -> Data:
    rng = np.random.default_rng(4)
    label = np.arange(120) % 3
    matrix = rng.normal(size=(120, 5))
    matrix[:, 0] += 1.2 * (label == 1)
    matrix[:, 1] += 1.2 * (label == 2)
    return matrix, label


@pytest.mark.parametrize("name", CLASS_LEARNERS)
def test_every_learner_of_classes_keeps_the_contract(name: str) -> None:
    check_class_learner(CLASS_LEARNERS[name])


def test_every_learner_has_its_way_with_classes() -> None:
    assert set(CLASS_LEARNERS) == set(LEARNERS)


class Unfair(OneAgainstRest):
    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return super().predict_probability(matrix) * 1.1


class Forgetful(MultinomialLearner):
    def clone(self) -> Forgetful:
        return Forgetful(penalty=100.0)


@pytest.mark.parametrize(
    ("learner", "fault"),
    [(Unfair(LEARNERS["logistic"]), "no probabilities"), (Forgetful(), "as a clone")],
)
def test_a_broken_learner_is_found_out(
    learner: OneAgainstRest | MultinomialLearner, fault: str
) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_class_learner(lambda: learner)


def test_the_multinomial_is_that_of_scikit_learn(data: Data) -> None:
    matrix, label = data
    judge = LogisticRegression(C=0.7, solver="newton-cg", tol=1e-8).fit(matrix, label)
    ours = MultinomialLearner(penalty=1 / 0.7).fit(matrix, label, 3, groups=ALONE, seed=0)
    assert ours.coefficients_ == pytest.approx(judge.coef_, abs=1e-4)
    assert ours.predict_probability(matrix) == pytest.approx(judge.predict_proba(matrix), abs=1e-4)


def test_the_multinomial_shrinks_noise_more_than_signal(data: Data) -> None:
    matrix, label = data
    signal = MultinomialLearner().fit(matrix, label, 3, groups=ALONE, seed=0)
    noise = MultinomialLearner().fit(matrix[:, 2:], label, 3, groups=ALONE, seed=0)
    assert noise.cost_ < signal.cost_
    assert noise.predict_probability(matrix[:, 2:]) == pytest.approx(1 / 3, abs=0.1)


def test_neighbours_against_the_rest_are_neighbours_of_all_classes(data: Data) -> None:
    """The same neighbours are asked for every class, so their shares add up without help."""
    matrix, label = data
    each = [
        NeighboursLearner().fit(
            matrix, (label == k).astype(np.int64), np.ones(120), groups=ALONE, seed=0
        )
        for k in range(3)
    ]
    ours = (
        CLASS_LEARNERS["knn"]()
        .fit(matrix, label, 3, groups=ALONE, seed=0)
        .predict_probability(matrix)
    )
    alone = np.stack([one.predict_probability(matrix) for one in each], axis=1)
    assert ours == pytest.approx(alone / alone.sum(axis=1, keepdims=True))
    judge = KNeighborsClassifier(15).fit(matrix, label).predict_proba(matrix)
    assert np.corrcoef(ours.ravel(), judge.ravel())[0, 1] > 0.9


def test_calibration_flattens_what_is_too_sure(data: Data) -> None:
    _, label = data
    rng = np.random.default_rng(0)
    linear = np.eye(3)[label] + rng.normal(size=(120, 3))
    sure = ClassCalibration.fit(softmax(3 * linear, axis=1), label)
    plain = ClassCalibration.fit(softmax(linear, axis=1), label)
    assert plain.slope == pytest.approx(3 * sure.slope, rel=1e-2)
    restored = ClassCalibration.restore(sure.state())
    score = softmax(3 * linear, axis=1)
    assert np.array_equal(restored.probability(score), sure.probability(score))


def test_calibrated_probabilities_have_the_shares_of_the_classes() -> None:
    rng = np.random.default_rng(1)
    label = np.repeat([0, 1, 2], [100, 60, 40])
    score = rng.dirichlet(np.ones(3), size=200)
    mean = ClassCalibration.fit(score, label).probability(score).mean(axis=0)
    assert mean == pytest.approx([0.5, 0.3, 0.2], abs=0.02)
