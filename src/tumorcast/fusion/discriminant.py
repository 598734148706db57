"""Linear discriminant analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.fusion.linear_score import LinearScoreLearner


@dataclass
class DiscriminantLearner(LinearScoreLearner):
    """Fisher's discriminant with the covariance shrunk as far as the rows ask for.

    The within-class covariance is shrunk towards a multiple of the identity by the closed form of
    Ledoit and Wolf (J Multivar Anal 2004;88:365), so more columns than rows are no trouble. Rows
    count by their weight.

    Parameters
    ----------
    shrinkage
        From 0, the covariance as it is, to 1, equal variances and no covariance; ``None`` shrinks
        by the closed form.
    """

    shrinkage: float | None = None

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> None:
        """Learn the direction; nothing is random."""
        from sklearn.covariance import (  # noqa: PLC0415
            empirical_covariance,
            ledoit_wolf,
            shrunk_covariance,
        )

        means = np.stack([np.average(matrix[label == c], 0, weight[label == c]) for c in (0, 1)])
        within = (matrix - means[label]) * np.sqrt(weight)[:, np.newaxis]
        if self.shrinkage is None:
            covariance, _ = ledoit_wolf(within, assume_centered=True)
        else:
            whole = empirical_covariance(within, assume_centered=True)
            covariance = shrunk_covariance(whole, self.shrinkage)
        if matrix.shape[1] == 1:
            covariance = np.atleast_2d(covariance)
        smallest = np.finfo(np.float64).eps * max(float(np.trace(covariance)), 1.0)
        shrunk = covariance + smallest * np.eye(len(covariance))
        self.coefficients_ = np.linalg.solve(shrunk, means[1] - means[0])
        self.intercept_ = -float(means.mean(axis=0) @ self.coefficients_)
