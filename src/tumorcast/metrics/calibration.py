"""Calibration in the large and the slope of logistic recalibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit

from tumorcast.metrics.arrays import (
    Floats,
    binary_label,
    case_weights,
    defined,
    probabilities,
)

_CLIP = 1e-6
_MAX_NEWTON_STEPS = 40
_LONGEST_STEP = 4.0


def calibration_intercept(
    label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> float:
    """Return the calibration in the large: 0 when the mean prediction is right.

    Estimator: the intercept of a logistic regression of the label with the logit of the
    probability as offset (slope fixed at 1; Steyerberg, Clinical Prediction Models, chapter 15).
    Above 0 the risk is predicted too low. Probabilities are clipped to [1e-6, 1 - 1e-6].

    Not accepted: NaN, probabilities outside [0, 1], one class only.

    Parameters
    ----------
    label
        1 with the event, 0 without; shape (n,).
    probability
        Of the event; shape (n,).
    weight
        How much each case counts; shape (n,).
    """
    weights = case_weights(weight, len(binary_label(label)))
    reason = "calibration in the large needs cases of both classes"
    return defined(calibration_intercepts(label, probability, weights[None]), reason)


def calibration_slope(
    label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> float:
    """Return the slope of the recalibration: 1 is right, below 1 predictions are too extreme.

    Estimator: the coefficient of the logit of the probability in a logistic regression of the
    label with a free intercept (Cox 1958). Probabilities are clipped to [1e-6, 1 - 1e-6].

    Not accepted: NaN, probabilities outside [0, 1], one class only, equal probabilities for all,
    classes that the probability separates perfectly.

    Parameters
    ----------
    label, probability, weight
        As for `calibration_intercept`; shape (n,).
    """
    weights = case_weights(weight, len(binary_label(label)))
    reason = "the calibration slope is not defined: one class, equal or separating probabilities"
    return defined(calibration_slopes(label, probability, weights[None]), reason)


def calibration_intercepts(label: ArrayLike, probability: ArrayLike, weights: Floats) -> Floats:
    """Return `calibration_intercept` for many sets of weights (b, n); NaN where not defined."""
    positive = binary_label(label)
    offset = logit(np.clip(probabilities(probability, len(positive)), _CLIP, 1 - _CLIP))
    return _newton(positive.astype(np.float64), np.ones((1, len(offset))), offset, weights)[:, 0]


def calibration_slopes(label: ArrayLike, probability: ArrayLike, weights: Floats) -> Floats:
    """Return `calibration_slope` for many sets of weights (b, n); NaN where not defined."""
    positive = binary_label(label)
    score = logit(np.clip(probabilities(probability, len(positive)), _CLIP, 1 - _CLIP))
    design = np.stack([np.ones_like(score), score])
    return _newton(positive.astype(np.float64), design, np.zeros_like(score), weights)[:, 1]


def _newton(y: Floats, design: Floats, offset: Floats, weights: Floats) -> Floats:
    """Fit one logistic regression a set of weights by Newton's method.

    `design` has the shape (k, n), `weights` (b, n); the coefficients returned (b, k), NaN where
    the steps do not come to rest. Resamples start from the fit of all of them together.
    """
    beta = np.zeros((len(weights), len(design)))
    if len(weights) > 1:
        together = _newton(y, design, offset, weights.mean(axis=0, keepdims=True))
        beta += np.nan_to_num(together)
    found = np.full_like(beta, np.nan)
    running = np.arange(len(weights))
    for _ in range(_MAX_NEWTON_STEPS):
        step = _newton_step(y, design, offset, weights, beta)
        size = np.abs(step).max(axis=1)
        beta += step * np.minimum(1.0, _LONGEST_STEP / np.maximum(size, 1e-300))[:, None]
        # Newton's error is about the square of its last step.
        resting = size < 1e-6
        found[running[resting]] = beta[resting]
        moving = ~resting & np.isfinite(size)
        if not moving.any():
            break
        if not moving.all():
            running, weights, beta = running[moving], weights[moving], beta[moving]
    return found


def _newton_step(
    y: Floats, design: Floats, offset: Floats, weights: Floats, beta: Floats
) -> Floats:
    """Return the step of each set of weights, shape (b, k); NaN where there is no way up."""
    with np.errstate(over="ignore"):
        fitted = 1.0 / (1.0 + np.exp(-(beta @ design + offset)))
    gradient = (weights * (y - fitted)) @ design.T
    curvature = weights * (fitted * (1.0 - fitted))
    k = len(design)
    products = (design[:, None, :] * design[None, :, :]).reshape(k * k, -1)
    hessian = (curvature @ products.T).reshape(-1, k, k)
    steepness = np.prod(np.diagonal(hessian, axis1=1, axis2=2), axis=1)
    solvable = np.linalg.det(hessian) > 1e-12 * steepness
    step = np.full_like(gradient, np.nan)
    step[solvable] = np.linalg.solve(hessian[solvable], gradient[solvable][..., None])[..., 0]
    return step
