"""Logistic regression that leaves columns out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.fusion.inner import splits_in_order
from tumorcast.fusion.linear_score import LinearScoreLearner

_COSTS = tuple(10.0 ** (half / 2) for half in range(-6, 3))
"""Inverse penalties, the strongest penalty first, each a half decade apart."""
_N_FOLDS = 3


@dataclass
class ElasticNetLearner(LinearScoreLearner):
    """Elastic-net logistic regression; folds of the patients choose the penalty unless it is given.

    Of penalties whose left-out log-likelihood is equal, the strongest wins; with too few patients
    with events for folds it is 1 (Zou and Hastie, J R Stat Soc B 2005;67:301).

    Parameters
    ----------
    l1_ratio
        Share of the absolute penalty, which leaves columns out, in the whole.
    penalty
        Strength of the penalty beside the summed log-likelihood; ``None`` lets the folds choose.
    """

    l1_ratio: float = 0.5
    penalty: float | None = None

    def learn(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> None:
        """Learn penalty and coefficients; the seed decides the folds."""
        self.cost_ = self._chosen_cost(matrix, label, weight, groups, seed)
        costs = [*(cost for cost in _COSTS if cost < self.cost_), self.cost_]
        path = self._path(matrix, label, weight, costs, seed)
        self.coefficients_, self.intercept_ = path[-1]

    def _chosen_cost(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        groups: NDArray[np.str_],
        seed: int,
    ) -> float:
        if self.penalty is not None:
            return 1 / self.penalty
        splits = splits_in_order(BinaryTarget(label, weight), groups, n_folds=_N_FOLDS, seed=seed)
        loss = np.zeros(len(_COSTS))
        for others, held_out in splits:
            path = self._path(matrix[others], label[others], weight[others], _COSTS, seed)
            for number, (coefficients, intercept) in enumerate(path):
                linear = matrix[held_out] @ coefficients + intercept
                each = np.logaddexp(0.0, linear) - label[held_out] * linear
                loss[number] += float(weight[held_out] @ each)
        return _COSTS[int(np.argmin(loss))] if splits else 1.0

    def _path(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        costs: list[float] | tuple[float, ...],
        seed: int,
    ) -> list[tuple[NDArray[np.float64], float]]:
        """Return coefficients and intercept at each cost, every fit starting from the last."""
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        model = LogisticRegression(
            l1_ratio=self.l1_ratio,
            solver="saga",
            tol=1e-3,
            max_iter=200,
            warm_start=True,
            random_state=seed % 2**32,
        )
        path = []
        for cost in costs:
            with warnings.catch_warnings():
                # The next fit of the path starts where this one stopped.
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.set_params(C=cost).fit(matrix, label, weight)
            path.append((model.coef_[0].copy(), float(model.intercept_[0])))
        return path
