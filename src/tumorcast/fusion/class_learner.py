"""The contract of a learner of several classes, and any learner as one: each against the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State, part_of
from tumorcast.fusion.learner import Learner, shares


class ClassLearner(Protocol):
    """From the columns of a matrix to the probability of each of several classes.

    Constructors store, `fit` learns.
    """

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""

    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        n_classes: int,
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn from rows of shape (n, columns) and n labels from 0 to ``n_classes - 1``.

        Every class has a row; `groups` is as of `Learner`.
        """

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each class, above 0, adding up to 1, shape (n, classes)."""

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in what was learned, shape (columns,).

        The shares add up to 1, or are all 0 when no column is used.
        """

    def state(self) -> State:
        """Return all that was learned; equal states predict equally."""

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""


@dataclass
class OneAgainstRest:
    """One learner for each class against all others, their probabilities divided by their sum.

    Parameters
    ----------
    make
        Returns an unfitted learner.
    """

    make: Callable[[], Learner]

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""
        return replace(self)

    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        n_classes: int,
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn each class against the others; all with the same seed."""
        weight = np.ones(len(label))
        self.learners_ = [
            self.make().fit(
                matrix, (label == number).astype(np.int64), weight, groups=groups, seed=seed
            )
            for number in range(n_classes)
        ]
        return self

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each class, shape (n, classes)."""
        each = [learner.predict_probability(matrix) for learner in self.learners_]
        stacked = np.stack(each, axis=1)
        return np.asarray(stacked / stacked.sum(axis=1, keepdims=True))

    def importance(self) -> NDArray[np.float64]:
        """Return the mean over the classes of the share of each column, shape (columns,)."""
        mean = np.mean([learner.importance() for learner in self.learners_], axis=0)
        return shares(np.asarray(mean))

    def state(self) -> State:
        """Return what the learner of every class has learned."""
        learned = {
            f"{number}/{name}": array
            for number, learner in enumerate(self.learners_)
            for name, array in learner.state().items()
        }
        return {**learned, "n_classes": np.array(len(self.learners_))}

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""
        restored = self.clone()
        restored.learners_ = [
            self.make().restore(part_of(state, str(number)))
            for number in range(int(state["n_classes"]))
        ]
        return restored
