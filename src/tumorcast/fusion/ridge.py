"""Logistic regression with a ridge penalty whose strength the training rows choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tumorcast.fusion.inner import patient_numbers

PENALTIES = tuple(10.0 ** (half / 2) for half in range(8, -1, -1))
"""From 10 000, which leaves hardly more than the prevalence, to 1, each a half decade apart.

At 1 a column of n rows with unit variance loses about 1 / (n p (1 - p)) of its coefficient.
"""

_MAX_STEPS = 50
_MAX_HALVINGS = 30
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class RidgeFit:
    """Coefficients at one penalty, with an estimate of their error on new rows.

    Parameters
    ----------
    coefficients
        Intercept, then one for each column; shape (columns + 1,).
    penalty
        Half of it times the sum of squared coefficients, without the intercept's, is added to
        the negative log-likelihood.
    left_out_loss
        Negative log-likelihood of the rows of every patient under the fit without this patient;
        infinite where there is one patient only.
    """

    coefficients: NDArray[np.float64]
    penalty: float
    left_out_loss: float


def fit_ridge_logistic(
    matrix: NDArray[np.float64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
    groups: NDArray[np.str_],
    penalties: Sequence[float] = PENALTIES,
) -> RidgeFit:
    """Fit at each of some penalties and return the fit with the smallest left-out loss.

    Every patient is left out in turn by one Newton step from the fit on all rows (Rad and Maleki,
    J R Stat Soc B 2020;82:965, equation 10, for the rows of a patient together), so the choice
    costs no refits, depends on no random folds and does not change with the order of the rows. Of
    equals the stronger penalty wins.

    Parameters
    ----------
    matrix
        Columns of about unit variance, shape (n, columns).
    label
        0 or 1, both present; shape (n,).
    weight
        What each row counts, above 0, with mean 1; shape (n,).
    groups
        Patient of each row, shape (n,).
    penalties
        The strongest first.
    """
    rotation = None
    if matrix.shape[1] > len(matrix):
        rotation, triangle = np.linalg.qr(matrix.T)
        matrix = triangle.T
    design = np.column_stack([np.ones(len(matrix)), matrix])
    prevalence = weight @ label / weight.sum()
    start = np.zeros(design.shape[1])
    start[0] = np.log(prevalence / (1 - prevalence))
    fits, several = [], _several_rows(patient_numbers(groups))
    for penalty in penalties:
        start = _newton(design, label, weight, penalty, start)
        loss = _left_out_loss(design, label, weight, several, penalty, start)
        fits.append(RidgeFit(start, penalty, loss))
    best = min(fits, key=lambda fit: fit.left_out_loss)
    if rotation is None:
        return best
    unrotated = np.concatenate([best.coefficients[:1], rotation @ best.coefficients[1:]])
    return RidgeFit(unrotated, best.penalty, best.left_out_loss)


def _newton(
    design: NDArray[np.float64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
    penalty: float,
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    ridge = _ridge(design, penalty)

    def objective(candidate: NDArray[np.float64]) -> float:
        return _loss(design @ candidate, label, weight) + float(ridge @ candidate**2) / 2

    coefficients, value = start, objective(start)
    for _ in range(_MAX_STEPS):
        probability = expit(design @ coefficients)
        gradient = design.T @ (weight * (probability - label)) + ridge * coefficients
        step = np.linalg.solve(_hessian(design, weight, probability, ridge), gradient)
        if gradient @ step < _TOLERANCE:
            return coefficients - step
        for _ in range(_MAX_HALVINGS):
            candidate = coefficients - step
            lower = objective(candidate)
            if lower < value:
                break
            step = step / 2
        coefficients, value = candidate, lower
    return coefficients


def _left_out_loss(
    design: NDArray[np.float64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
    several: Sequence[NDArray[np.int64]],
    penalty: float,
    coefficients: NDArray[np.float64],
) -> float:
    if any(rows.shape[1] == len(design) for rows in several):
        return np.inf
    linear = design @ coefficients
    probability = expit(linear)
    hessian = _hessian(design, weight, probability, _ridge(design, penalty))
    solved = np.linalg.solve(hessian, design.T)
    reach = np.einsum("ij,ji->i", design, solved)
    curvature, error = weight * probability * (1 - probability), weight * (label - probability)
    pull = error * reach / (1 - curvature * reach)
    for rows in several:
        among = design[rows] @ solved.T[rows].transpose(0, 2, 1)
        kept = np.eye(rows.shape[1]) - curvature[rows][:, :, np.newaxis] * among
        pull[rows] = (among @ np.linalg.solve(kept, error[rows][:, :, np.newaxis]))[:, :, 0]
    return _loss(linear - pull, label, weight)


def _several_rows(patient: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the rows of patients with two rows, with three, ..., each of shape (patients, k)."""
    by_patient = np.argsort(patient, kind="stable")
    n_rows = np.bincount(patient)
    size = n_rows[patient[by_patient]]
    return [by_patient[size == k].reshape(-1, k) for k in np.unique(n_rows) if k > 1]


def _ridge(design: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    return ridge


def _hessian(
    design: NDArray[np.float64],
    weight: NDArray[np.float64],
    probability: NDArray[np.float64],
    ridge: NDArray[np.float64],
) -> NDArray[np.float64]:
    curvature = weight * probability * (1 - probability)
    return np.asarray(design.T @ (design * curvature[:, np.newaxis]) + np.diag(ridge))


def _loss(
    linear: NDArray[np.float64], label: NDArray[np.int64], weight: NDArray[np.float64]
) -> float:
    return float(weight @ (np.logaddexp(0.0, linear) - label * linear))
