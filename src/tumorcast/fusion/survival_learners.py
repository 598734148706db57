"""The learners on times that come with tumorcast."""

from __future__ import annotations

from collections.abc import Callable

from tumorcast.fusion.cox import CoxLearner
from tumorcast.fusion.sign_hazard import SignHazardLearner
from tumorcast.fusion.survival_forest import SurvivalForestLearner
from tumorcast.fusion.survival_learner import SurvivalLearner

SURVIVAL_LEARNERS: dict[str, Callable[..., SurvivalLearner]] = {
    "cox": CoxLearner,
    "icare_times": SignHazardLearner,
    "survival_forest": SurvivalForestLearner,
}
"""Learners on times by name; each takes its parameters by name and has a default for all."""
