"""The contract of a learner that uses the times of the events."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State


class SurvivalLearner(Protocol):
    """From the columns of a matrix to the probability of an event by any time.

    Constructors store, `fit` learns. Rows that are censored before any horizon count as well:
    they were at risk until then.
    """

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""

    def fit(
        self,
        matrix: NDArray[np.float64],
        event: NDArray[np.int64],
        time_days: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn from rows of shape (n, columns).

        Parameters
        ----------
        event
            0 censored, 1 the event, 2 and above competing events; shape (n,).
        time_days
            Days to the event or to the end of follow-up, above 0; shape (n,).
        groups
            Patient of each row, as of `Learner`; shape (n,).

        Raises
        ------
        ValueError
            When no row has the event.
        """

    def predict_risk(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a risk, higher = earlier event, shape (n,); not a probability."""

    def predict_incidence(
        self, matrix: NDArray[np.float64], times_days: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability of the event by each of the times, shape (n, times)."""

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in what was learned, shape (columns,).

        The shares add up to 1, or are all 0 when no column is used.
        """

    def state(self) -> State:
        """Return all that was learned; equal states predict equally."""

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""
