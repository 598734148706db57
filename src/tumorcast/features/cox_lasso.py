"""Keep the columns that enter a Cox lasso first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.cox_penalty import penalised_coefficients, smallest_emptying
from tumorcast.features.partial_likelihood import PartialLikelihood
from tumorcast.features.selector import ColumnSelector, best, require_times

_STEPS = np.logspace(-0.1, -2, 20)
"""Penalties as shares of the smallest one that leaves out every column, strongest first."""


@dataclass
class CoxLassoSelector(ColumnSelector):
    """Keep the `k` columns of largest coefficient where a Cox lasso's path first has so many.

    Each step of the path maximises the partial likelihood (Efron's ties) under an absolute
    penalty that grows weaker (Tibshirani, Stat Med 1997;16:385). Every row counts up to its own
    last day, whatever the horizon; competing events count as censored. Where the path ends with
    fewer columns, those are kept. Columns are compared as they come, so they should be scaled.

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
        """Return the columns of the path's first point with `k` of them.

        Raises
        ------
        ValueError
            When there are no times.
        """
        likelihood = PartialLikelihood.of(*require_times(target))
        n_columns = matrix.shape[1]
        if n_columns <= self.k:
            return np.arange(n_columns)
        centred = matrix - matrix.mean(axis=0)
        coefficients = np.zeros(n_columns)
        for penalty in smallest_emptying(centred, likelihood, l1_ratio=1.0) * _STEPS:
            coefficients = penalised_coefficients(
                centred, likelihood, absolute=float(penalty), square=0.0, start=coefficients
            )
            if np.count_nonzero(coefficients) >= self.k:
                break
        n_kept = min(self.k, max(int(np.count_nonzero(coefficients)), 1))
        return best(np.abs(coefficients), n_kept)
