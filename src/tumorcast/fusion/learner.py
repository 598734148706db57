"""The contract of a learner on a complete, scaled matrix, and the rows that it may learn from."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State


class Learner(Protocol):
    """From the columns of a matrix to the probability of an event.

    Constructors store, `fit` learns. Rows of weight 0 have no influence; the others count by
    their weight, whose scale does not matter.
    """

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""

    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn from rows of shape (n, columns), n labels 0 or 1 and n weights.

        `groups` is the patient of each row, shape (n,): what a learner judges inside these rows,
        such as the strength of a penalty, it judges on patients that it did not learn from.
        """

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of the event, above 0 and below 1, shape (n,)."""

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in what was learned, shape (columns,).

        The shares add up to 1, or are all 0 when no column is used.
        """

    def state(self) -> State:
        """Return all that was learned; equal states predict equally."""

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""


def counted_rows(
    label: NDArray[np.int64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which rows count, shape (n,), and their weights with mean 1.

    Raises
    ------
    ValueError
        When the rows that count are of one class.
    """
    counted = weight > 0
    if len(np.unique(label[counted])) != 2:
        raise ValueError("a learner needs rows with the event and rows without it")
    return counted, weight[counted] / weight[counted].mean()


def shares(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return amounts divided by their sum; zeros stay zeros."""
    total = amounts.sum()
    return amounts / total if total > 0 else np.zeros_like(amounts)
