"""Keep the columns that rank the times of the events best one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.correlation import centred_ranks
from tumorcast.features.partial_likelihood import PartialLikelihood
from tumorcast.features.selector import ColumnSelector, best, require_times


@dataclass
class UnivariateCoxSelector(ColumnSelector):
    """Keep the `k` columns with the largest score statistic in a Cox regression on one column.

    Each column enters as its ranks, so outliers and monotone transforms do not matter; on a column
    of two values the statistic is that of the log-rank test. Every row counts up to its own last
    day, whatever the horizon; competing events count as censored. Equal statistics are broken by
    the table's order.

    Parameters
    ----------
    k
        Number of columns to keep; all of them if the table has fewer.
    """

    k: int = 36

    def choose(
        self,
        matrix: NDArray[np.float64],
        target: BinaryTarget | None,
        *,
        seed: int,  # noqa: ARG002
    ) -> NDArray[np.int64]:
        """Return the columns of largest statistic.

        Raises
        ------
        ValueError
            When there are no times.
        """
        return best(score_statistics(centred_ranks(matrix), *require_times(target)), self.k)


def score_statistics(
    matrix: NDArray[np.float64], had_event: NDArray[np.bool_], time_days: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the squared score over the information of each column at a hazard ratio of 1.

    Source: Cox, J R Stat Soc B 1972;34:187, with Efron's rule for ties (`PartialLikelihood`). It
    is 0 for a column that never differs among those at risk.

    Parameters
    ----------
    matrix
        Values of shape (n, columns).
    had_event, time_days
        Of each row, shape (n,).
    """
    likelihood = PartialLikelihood.of(had_event, time_days)
    centred = matrix - matrix.mean(axis=0)
    score = centred.T @ likelihood.gradient(np.zeros(len(matrix)))
    information = _information(centred, likelihood)
    smallest = 1e-12 * (centred**2).sum(axis=0)
    return np.asarray(score**2 / np.where(information > smallest, information, np.inf))


def _information(matrix: NDArray[np.float64], likelihood: PartialLikelihood) -> NDArray[np.float64]:
    """Return the variance of each column among those at risk, summed over the events."""
    size, total, squares = (
        _left(values, likelihood) for values in (np.ones((len(matrix), 1)), matrix, matrix**2)
    )
    return np.asarray((squares / size - (total / size) ** 2).sum(axis=0))


def _left(values: NDArray[np.float64], likelihood: PartialLikelihood) -> NDArray[np.float64]:
    """Return the sum over those at risk at each event, less Efron's share, shape (events, ...)."""
    n_days = len(likelihood.days)
    leaving = np.zeros((n_days + 1, values.shape[1]))
    np.add.at(leaving, likelihood.seen, values)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1][1:]
    dying = np.zeros((n_days, values.shape[1]))
    np.add.at(dying, likelihood.tie, values[likelihood.event])
    tie, share = likelihood.tie, likelihood.share[:, np.newaxis]
    return np.asarray(at_risk[tie] - share * dying[tie])
