"""What every learner must do, checked on small made-up matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State, state_digest
from tumorcast.fusion.learner import Learner

_SEED = 3


def check_learner(make: Callable[[], Learner]) -> None:
    """Check a learner of your own as those of tumorcast are checked.

    Parameters
    ----------
    make
        Returns the learner, unfitted, with the settings to be checked.

    Raises
    ------
    AssertionError
        When it gives other values for the same rows and seed, lets rows of weight 0 matter,
        leaves the prevalence on noise, cannot do without a signal, without columns, with classes
        that a column separates or, half of the rows having the event, with columns that say
        nothing, or when `restore` does not bring back what `state` said.
    """
    matrix, label, weight = _example(columns=6)
    learner = _fitted(make(), matrix, label, weight)
    _check_output(learner, matrix)
    again = _fitted(learner.clone(), matrix, label, weight)
    same = state_digest(again.state()) == state_digest(learner.state())
    require(same, "learns otherwise from the same rows and seed")
    _check_state(learner, matrix)
    _check_weights(make, learner.predict_probability(matrix), matrix, label, weight)
    _check_prevalence(make)
    for odd in (matrix[:, :0], matrix[:, :1], np.ones((len(label), 2)), _separating(label)):
        _check_output(_fitted(make(), odd, label, weight), odd)
    half, even = np.arange(40) % 2, np.ones(40)
    for idle in _idle(len(half)):
        _check_output(_fitted(make(), idle, half, even), idle)


def _example(columns: int) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(columns)
    label = (np.arange(120) % 4 == 0).astype(np.int64)
    matrix = random.normal(size=(120, columns)) + 0.5 * label[:, np.newaxis]
    weight = np.where(np.arange(120) % 7 == 0, 0.0, random.uniform(1, 2, 120))
    return matrix, label, weight


def _separating(label: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.column_stack([label * 2.0 - 1, np.linspace(-2, 2, len(label))])


def _fitted(
    learner: Learner,
    matrix: NDArray[np.float64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> Learner:
    """Return a learner that has learned from rows of which each is a patient of its own."""
    alone = np.arange(len(label)).astype(np.str_)
    return learner.fit(matrix, label, weight, groups=alone, seed=_SEED)


def _idle(n_rows: int) -> list[NDArray[np.float64]]:
    """Return columns that say nothing of a label that every second row has."""
    rows = np.arange(n_rows)
    constant, single = np.ones((n_rows, 2)), np.zeros((n_rows, 2))
    single[7, 1] = 3.0
    return [constant, (rows // 2 % 2).astype(np.float64)[:, np.newaxis], single]


def _check_output(learner: Learner, matrix: NDArray[np.float64]) -> None:
    probability = learner.predict_probability(matrix)
    require(probability.shape == (len(matrix),), "does not give one probability a row")
    require(bool(np.all((probability > 0) & (probability < 1))), "gives no probability in (0, 1)")
    require_shares(learner.importance(), matrix.shape[1])


def _check_state(learner: Learner, matrix: NDArray[np.float64]) -> None:
    state = learner.state()
    require_arrays(state)
    restored = learner.clone().restore(state).predict_probability(matrix)
    equal = np.array_equal(restored, learner.predict_probability(matrix))
    require(equal, "does not predict from its state what it predicted before")


def _check_weights(
    make: Callable[[], Learner],
    learned: NDArray[np.float64],
    matrix: NDArray[np.float64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> None:
    flipped = np.where(weight == 0, 1 - label, label)
    other = _fitted(make(), matrix, flipped, weight).predict_probability(matrix)
    require(np.array_equal(learned, other), "lets rows of weight 0 matter")
    scaled = _fitted(make(), matrix, label, 16 * weight).predict_probability(matrix)
    require(np.allclose(learned, scaled), "changes with the scale of the weights")
    heavy = weight * np.where(label == 1, 3.0, 1.0)
    raised = _fitted(make(), matrix, label, heavy).predict_probability(matrix)
    require(bool(raised.mean() > learned.mean()), "ignores the weights")


def _check_prevalence(make: Callable[[], Learner]) -> None:
    random = np.random.default_rng(0)
    label = (np.arange(400) % 4 == 0).astype(np.int64)
    noise = random.normal(size=(400, 20))
    learner = _fitted(make(), noise, label, np.ones(400))
    mean = learner.predict_probability(random.normal(size=(400, 20))).mean()
    require(abs(mean - 0.25) < 0.05, f"predicts {mean:.2f} on noise with a prevalence of 0.25")


def require_shares(importance: NDArray[np.float64], n_columns: int) -> None:
    """Raise `AssertionError` unless the importances are shares, one a column."""
    require(importance.shape == (n_columns,), "does not give one importance a column")
    total = importance.sum()
    sums = bool(np.isclose(total, 1)) or total == 0
    require(sums and bool(np.all(importance >= 0)), "has importances that are no shares")


def require_arrays(state: State) -> None:
    """Raise `AssertionError` when a state holds anything but plain arrays."""
    require("O" not in {array.dtype.kind for array in state.values()}, "has objects in its state")


def require(condition: bool, fault: str) -> None:
    """Raise `AssertionError` with the learner's fault unless the condition holds."""
    if not condition:
        raise AssertionError(f"the learner {fault}")
