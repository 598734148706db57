"""Logistic regression of several classes at once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from tumorcast.features import State
from tumorcast.fusion.inner import Splits, patient_numbers
from tumorcast.fusion.learner import shares

_COSTS = tuple(10.0**decade for decade in range(-4, 1))
"""Inverse penalties, the strongest penalty first, each a decade apart."""
_N_FOLDS = 3


@dataclass
class MultinomialLearner:
    """Ridge multinomial logistic regression; folds of the patients choose the penalty if asked to.

    Every class has coefficients of its own and the probabilities are their softmax. Of penalties
    whose left-out log-likelihood is equal the strongest wins; with too few patients of a class for
    folds it is the middle one. A patient with rows of several classes is dealt out as of the
    rarest.

    Parameters
    ----------
    penalty
        As of `LogisticLearner`, one over scikit-learn's ``C``; ``None`` lets the folds choose.
    """

    penalty: float | None = None

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""
        return type(self)(self.penalty)

    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        n_classes: int,
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn penalty and coefficients; the seed decides the folds."""
        if not matrix.shape[1]:
            self.cost_ = _COSTS[0]
            self.coefficients_ = np.zeros((n_classes, 0))
            self.intercepts_ = np.log(np.bincount(label, minlength=n_classes) / len(label))
            return self
        costs = _COSTS
        if self.penalty is None:
            self.cost_ = self._chosen(matrix, label, patient_numbers(groups), seed)
        else:
            self.cost_ = 1 / self.penalty
            costs = (self.cost_,)
        path = _path(matrix, label, [cost for cost in costs if cost <= self.cost_])
        self.coefficients_, self.intercepts_ = path[-1]
        return self

    def _chosen(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        patient: NDArray[np.int64],
        seed: int,
    ) -> float:
        splits = _splits(label, patient, seed)
        if not splits:
            return float(_COSTS[len(_COSTS) // 2])
        loss = np.zeros(len(_COSTS))
        for others, held_out in splits:
            path = _path(matrix[others], label[others], _COSTS)
            for number, (coefficients, intercepts) in enumerate(path):
                probability = softmax(matrix[held_out] @ coefficients.T + intercepts, axis=1)
                loss[number] -= np.log(probability[np.arange(len(held_out)), label[held_out]]).sum()
        return float(_COSTS[int(np.argmin(loss))])

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each class, shape (n, classes)."""
        return np.asarray(softmax(matrix @ self.coefficients_.T + self.intercepts_, axis=1))

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the sum of absolute coefficients."""
        return shares(np.abs(self.coefficients_).sum(axis=0))

    def state(self) -> State:
        """Return coefficients, intercepts and the inverse penalty."""
        return {
            "coefficients": self.coefficients_,
            "intercepts": self.intercepts_,
            "cost": np.array(self.cost_),
        }

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""
        restored = self.clone()
        restored.coefficients_ = state["coefficients"].astype(np.float64)
        restored.intercepts_ = state["intercepts"].astype(np.float64)
        restored.cost_ = float(state["cost"])
        return restored


def _splits(label: NDArray[np.int64], patient: NDArray[np.int64], seed: int) -> Splits:
    """Return folds of the patients; none where a class is in too few of them to be left out."""
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415

    in_patients = np.bincount(np.unique(np.stack([patient, label]), axis=1)[1])
    if in_patients.min() < _N_FOLDS:
        return ()
    stratum = _rarest_class(label, patient)
    size = np.bincount(stratum)
    stratum = np.where(size[stratum] < _N_FOLDS, size.argmax(), stratum)
    folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=seed % 2**32)
    splits = []
    for _, left_out in folds.split(np.zeros((len(stratum), 1)), stratum):
        out = np.isin(patient, left_out)
        splits.append((np.flatnonzero(~out), np.flatnonzero(out)))
    complete = all(len(np.unique(label[others])) == len(in_patients) for others, _ in splits)
    return splits if complete else ()


def _rarest_class(label: NDArray[np.int64], patient: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which of the classes of a patient's rows has fewest rows in all, one a patient."""
    rarest_first = np.argsort(np.bincount(label), kind="stable")
    rank = np.argsort(rarest_first)
    lowest = np.full(patient.max() + 1, len(rank))
    np.minimum.at(lowest, patient, rank[label])
    return rarest_first[lowest]


def _path(
    matrix: NDArray[np.float64], label: NDArray[np.int64], costs: list[float] | tuple[float, ...]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return coefficients and intercepts at each cost, every fit starting from the last."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    model = LogisticRegression(solver="lbfgs", tol=1e-6, max_iter=500, warm_start=True)
    path = []
    for cost in costs:
        with warnings.catch_warnings():
            # The next fit of the path starts where this one stopped.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.set_params(C=cost).fit(matrix, label)
        path.append((model.coef_.copy(), model.intercept_.copy()))
    return path
