"""What every learner of several classes must do, checked on a small made-up matrix."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tumorcast.features import state_digest
from tumorcast.fusion.class_learner import ClassLearner

_ROWS, _CLASSES, _SEED = 60, 3, 5


def check_class_learner(make: Callable[[], ClassLearner]) -> None:
    """Check a learner of your own as those of tumorcast are checked.

    Parameters
    ----------
    make
        Returns the learner, unfitted, with the settings to be checked.

    Raises
    ------
    AssertionError
        When the probabilities are no probabilities, say nothing of classes that a column tells
        apart, change with a clone or after `restore`, or the shares of the columns are no shares.
    """
    random = np.random.default_rng(2)
    label = np.arange(_ROWS) % _CLASSES
    matrix = random.normal(size=(_ROWS, 4))
    matrix[:, 0] += 2.5 * (label == 1)
    matrix[:, 1] += 2.5 * (label == 2)
    alone = np.arange(_ROWS).astype(np.str_)
    learner = make().fit(matrix, label, _CLASSES, groups=alone, seed=_SEED)
    probability = learner.predict_probability(matrix)
    _require(probability.shape == (_ROWS, _CLASSES), "gives no column of probabilities a class")
    positive = bool(np.all(probability > 0))
    _require(positive and np.allclose(probability.sum(axis=1), 1), "gives no probabilities")
    correct = float(np.mean(probability.argmax(axis=1) == label))
    _require(correct > 0.6, "does not tell classes apart that differ")
    again = learner.clone().fit(matrix, label, _CLASSES, groups=alone, seed=_SEED)
    same = state_digest(again.state()) == state_digest(learner.state())
    _require(same, "learns otherwise as a clone")
    kinds = {array.dtype.kind for array in learner.state().values()}
    _require("O" not in kinds, "has objects in its state")
    restored = learner.clone().restore(learner.state()).predict_probability(matrix)
    _require(np.array_equal(restored, probability), "is not brought back by restore(state)")
    shares = learner.importance()
    _require(shares.shape == (4,), "gives no share for each column")
    _require(bool(np.isclose(shares.sum(), 1)) and shares.min() >= 0, "gives shares that are none")


def _require(condition: bool, fault: str) -> None:
    if not condition:
        raise AssertionError(f"the learner of classes {fault}")
