"""The learners that come with tumorcast."""

from __future__ import annotations

from collections.abc import Callable

from tumorcast.fusion.adaboost import AdaBoostLearner
from tumorcast.fusion.boosted_trees import BoostedTreesLearner
from tumorcast.fusion.discriminant import DiscriminantLearner
from tumorcast.fusion.elastic_net import ElasticNetLearner
from tumorcast.fusion.forest import ForestLearner
from tumorcast.fusion.learner import Learner
from tumorcast.fusion.logistic import LogisticLearner
from tumorcast.fusion.naive_bayes import NaiveBayesLearner
from tumorcast.fusion.neighbours import NeighboursLearner
from tumorcast.fusion.perceptron import PerceptronLearner
from tumorcast.fusion.sign_score import SignScoreLearner
from tumorcast.fusion.support_vectors import SupportVectorLearner

LEARNERS: dict[str, Callable[..., Learner]] = {
    "logistic": LogisticLearner,
    "elastic_net": ElasticNetLearner,
    "forest": ForestLearner,
    "boosted_trees": BoostedTreesLearner,
    "adaboost": AdaBoostLearner,
    "svm": SupportVectorLearner,
    "knn": NeighboursLearner,
    "naive_bayes": NaiveBayesLearner,
    "lda": DiscriminantLearner,
    "mlp": PerceptronLearner,
    "icare": SignScoreLearner,
}
"""Learners by name; each takes its parameters by name and has a default for all."""
