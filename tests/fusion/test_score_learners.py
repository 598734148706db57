"""Scores of the learners against scikit-learn's own predictions and closed forms."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from packaging.requirements import Requirement
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from tumorcast.errors import StudyRefusedError
from tumorcast.fusion import boosted_trees
from tumorcast.fusion.adaboost import AdaBoostLearner
from tumorcast.fusion.boosted_trees import BoostedTreesLearner
from tumorcast.fusion.discriminant import DiscriminantLearner
from tumorcast.fusion.elastic_net import ElasticNetLearner
from tumorcast.fusion.naive_bayes import NaiveBayesLearner
from tumorcast.fusion.neighbours import NeighboursLearner
from tumorcast.fusion.perceptron import PerceptronLearner
from tumorcast.fusion.score_learner import ScoreLearner
from tumorcast.fusion.sign_score import SignScoreLearner
from tumorcast.fusion.support_vectors import SupportVectorLearner
from tumorcast.metrics import auroc

Rows = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]


def planted(n: int, columns: int, seed: int = 0) -> Rows:
    """Return rows whose first three columns carry the label, the third with a minus."""
    random = np.random.default_rng(seed)
    label = (random.random(n) < 0.4).astype(np.int64)
    matrix = random.normal(size=(n, columns))
    matrix[:, :3] += np.array([1.0, 0.8, -0.8]) * (label[:, np.newaxis] - 0.4)
    return matrix, label, np.ones(n)


def alone(n_rows: int) -> NDArray[np.str_]:
    """Return a patient for every row."""
    return np.arange(n_rows).astype(np.str_)


def learned(learner: ScoreLearner, rows: Rows) -> ScoreLearner:
    learner.n_columns_ = rows[0].shape[1]
    learner.learn(*rows, groups=alone(len(rows[1])), seed=0)
    return learner


def test_naive_bayes_is_scikit_learns_up_to_the_prior() -> None:
    rows = planted(80, 6)
    log = GaussianNB(priors=[0.5, 0.5]).fit(rows[0], rows[1]).predict_log_proba(rows[0])
    score = learned(NaiveBayesLearner(), rows).score(rows[0])
    assert score == pytest.approx(log[:, 1] - log[:, 0], rel=1e-9)


def test_support_vectors_are_scikit_learns() -> None:
    rows = planted(80, 6)
    judge = SVC(gamma="scale").fit(rows[0], rows[1])
    new = planted(30, 6, seed=1)[0]
    score = learned(SupportVectorLearner(), rows).score(new)
    assert score == pytest.approx(judge.decision_function(new), rel=1e-9)


def test_neighbours_vote_as_scikit_learns_do() -> None:
    rows = planted(80, 6)
    new = planted(30, 6, seed=1)[0]
    judge = KNeighborsClassifier(7).fit(rows[0], rows[1]).predict_proba(new)[:, 1]
    score = learned(NeighboursLearner(7), rows).score(new)
    share = rows[1].mean()
    assert score == pytest.approx(np.log((7 * judge + share) / (7 * (1 - judge) + 1 - share)))


def test_boosted_stumps_are_scikit_learns_up_to_scale_and_shift() -> None:
    rows = planted(120, 6)
    new = planted(40, 6, seed=1)[0]
    judge = AdaBoostClassifier(n_estimators=50, learning_rate=0.5, random_state=0)
    decision = judge.fit(rows[0], rows[1]).decision_function(new)
    score = learned(AdaBoostLearner(), rows).score(new)
    assert np.corrcoef(score, decision)[0, 1] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("column", [np.ones(80), np.arange(80) // 2 % 2], ids=["flat", "balanced"])
def test_where_no_stump_beats_chance_none_is_learned(column: NDArray[np.float64]) -> None:
    label = np.arange(80) % 2
    learner = AdaBoostLearner().fit(
        column[:, np.newaxis], label, np.ones(80), groups=alone(80), seed=0
    )
    assert learner.score(column[:, np.newaxis]).tolist() == [0.0] * 80
    assert learner.predict_probability(column[:, np.newaxis]) == pytest.approx(0.5, abs=1e-6)
    assert learner.importance().tolist() == [0.0]


def test_a_fault_of_the_rows_is_not_taken_for_chance() -> None:
    matrix, label, weight = planted(20, 3)
    with pytest.raises(ValueError, match="infinity"):
        AdaBoostLearner().fit(
            np.where(matrix > 1, np.inf, matrix), label, weight, groups=alone(20), seed=0
        )


def test_naive_bayes_prefers_no_class_where_no_column_varies() -> None:
    rows = np.zeros((40, 2)), np.arange(40) % 2, np.ones(40)
    score = learned(NaiveBayesLearner(), rows).score(np.array([[0.0, 0.0], [0.0, 3.0], [1e8, 1.0]]))
    assert score.tolist() == [0.0, 0.0, 0.0]


def test_the_perceptron_is_the_mean_of_scikit_learns() -> None:
    rows = planted(80, 6)
    new = planted(30, 6, seed=1)[0]
    odds = []
    for seed in range(2):
        judge = MLPClassifier((4,), activation="tanh", solver="lbfgs", alpha=3.0, random_state=seed)
        probability = judge.fit(rows[0], rows[1]).predict_proba(new)
        odds.append(np.log(probability[:, 1] / probability[:, 0]))
    score = learned(PerceptronLearner(4, 3.0, 2), rows).score(new)
    assert score == pytest.approx(np.mean(odds, axis=0), abs=1e-6)


def test_without_need_to_shrink_the_discriminant_is_least_squares() -> None:
    rows = planted(200_000, 4)
    direction = learned(DiscriminantLearner(), rows).learned()["coefficients"]
    least_squares = LinearRegression().fit(rows[0], rows[1]).coef_
    cosine = direction @ least_squares / np.linalg.norm(direction) / np.linalg.norm(least_squares)
    assert cosine == pytest.approx(1, abs=1e-5)


def test_a_weight_of_two_is_a_row_twice_in_the_discriminant() -> None:
    matrix, label, _ = planted(300, 4)
    weight = np.where(np.arange(300) < 100, 2.0, 1.0)
    twice = np.repeat(np.arange(300), weight.astype(int))
    weighted = DiscriminantLearner()
    weighted.learn(matrix, label, weight / weight.mean(), groups=alone(300), seed=0)
    doubled = DiscriminantLearner()
    doubled.learn(
        matrix[twice], label[twice], np.ones(len(twice)), groups=alone(300)[twice], seed=0
    )
    ratio = weighted.coefficients_ / doubled.coefficients_
    assert ratio == pytest.approx(ratio[0], rel=0.02)


def test_the_elastic_net_leaves_columns_of_noise_out() -> None:
    rows = planted(200, 40)
    coefficients = learned(ElasticNetLearner(), rows).learned()["coefficients"]
    assert np.all(coefficients[:3] * [1, 1, -1] > 0)
    assert np.mean(coefficients[3:] == 0) > 0.3


def test_no_scikit_learn_is_allowed_that_takes_an_elastic_net_for_a_ridge() -> None:
    """Before 1.8 ``LogisticRegression`` heeds ``l1_ratio`` only if ``penalty`` asks for it."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    needed = [Requirement(line) for line in project["project"]["dependencies"]]
    specifier = next(one.specifier for one in needed if one.name == "scikit-learn")
    assert not specifier.contains("1.7.2")
    assert specifier.contains("1.8.0")


def test_signs_of_the_sign_score_follow_the_label() -> None:
    coefficients = learned(SignScoreLearner(), planted(200, 12)).learned()["coefficients"]
    assert np.all(coefficients[:3] * [1, 1, -1] > 0)
    assert np.abs(coefficients[:3]).min() > np.abs(coefficients[3:]).max()


@pytest.mark.parametrize(
    "learner",
    [
        AdaBoostLearner(),
        BoostedTreesLearner(),
        DiscriminantLearner(),
        ElasticNetLearner(),
        NaiveBayesLearner(),
        NeighboursLearner(),
        PerceptronLearner(),
        SignScoreLearner(),
        SupportVectorLearner(),
    ],
    ids=lambda learner: type(learner).__name__,
)
def test_every_learner_finds_what_is_planted(learner: ScoreLearner) -> None:
    learner.fit(*planted(200, 10), groups=alone(200), seed=0)
    matrix, label, _ = planted(400, 10, seed=1)
    probability = learner.predict_probability(matrix)
    assert auroc(label, probability) > 0.75
    assert probability.mean() == pytest.approx(label.mean(), abs=0.07)
    planted_share = learner.importance()[:3].sum()
    assert planted_share > 0.3 or isinstance(learner, NeighboursLearner)


def test_boosted_trees_without_lightgbm_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boosted_trees, "find_spec", lambda _: None)
    with pytest.raises(StudyRefusedError, match=r"PLN-05.*pip install 'tumorcast\[boosting\]'"):
        BoostedTreesLearner()
