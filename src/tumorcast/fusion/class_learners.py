"""The learners of several classes that come with tumorcast."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tumorcast.fusion.class_learner import ClassLearner, OneAgainstRest
from tumorcast.fusion.learner import Learner
from tumorcast.fusion.learners import LEARNERS
from tumorcast.fusion.multinomial import MultinomialLearner


def _against_rest(make: Callable[..., Learner], **settings: float) -> OneAgainstRest:
    return OneAgainstRest(partial(make, **settings))


CLASS_LEARNERS: dict[str, Callable[..., ClassLearner]] = {
    **{name: partial(_against_rest, make) for name, make in LEARNERS.items()},
    "logistic": MultinomialLearner,
}
"""Learners of several classes by name: `LEARNERS`, each class against the rest, and those that
know all classes at once."""
