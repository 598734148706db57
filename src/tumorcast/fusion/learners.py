"""The learners that come with tumorcast."""

from __future__ import annotations

from collections.abc import Callable

from tumorcast.fusion.forest import ForestLearner
from tumorcast.fusion.learner import Learner
from tumorcast.fusion.logistic import LogisticLearner

LEARNERS: dict[str, Callable[[], Learner]] = {
    "logistic": LogisticLearner,
    "forest": ForestLearner,
}
"""Learners by name, each with its default settings."""
