"""Weights of the members of a late fusion, learned from predictions that they made unseen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from tumorcast.cohort import BinaryTarget

PENALTY = 1.0
"""Squared distance from equal weights costs half of this, in log-likelihood."""


def stacking_weights(log_odds: NDArray[np.float64], target: BinaryTarget) -> NDArray[np.float64]:
    """Return the weight of each member, shape (members,), none below 0, sum 1.

    Stacked regression with non-negative weights (Wolpert, Neural Netw 1992;5:241; Breiman, Mach
    Learn 1996;24:49) by logistic regression on the members' out-of-fold log-odds, shrunk towards
    equal weights, with which a handful of events leaves it. A member that does not speak of a case
    is filled in by the mean of those that do.

    Parameters
    ----------
    log_odds
        Shape (n, members); NaN where a member does not speak.
    target
        Label and weight of the same cases.
    """
    n_members = log_odds.shape[1]
    equal = np.full(n_members, 1 / n_members)
    counted = (target.weight > 0) & ~np.isnan(log_odds).all(axis=1)
    label, weight = target.label[counted], target.weight[counted]
    if len(np.unique(label)) < 2:
        return equal
    weight = weight / weight.mean()
    known = log_odds[counted]
    filled = np.where(np.isnan(known), np.nanmean(known, axis=1, keepdims=True), known)

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        factor, intercept = coefficients[:-1], coefficients[-1]
        linear = filled @ factor + intercept
        value = weight @ (np.logaddexp(0.0, linear) - label * linear)
        error = weight * (expit(linear) - label)
        away = factor - equal
        gradient = np.append(filled.T @ error + PENALTY * away, error.sum())
        return float(value + PENALTY / 2 * away @ away), gradient

    bounds = [(0.0, None)] * n_members + [(None, None)]
    factor = minimize(loss, np.append(equal, 0.0), jac=True, bounds=bounds).x[:-1]
    total = factor.sum()
    return np.asarray(factor / total) if total > 0 else equal
