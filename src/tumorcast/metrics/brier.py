"""Brier score, as it is, against knowing nothing, and over several horizons."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tumorcast.metrics.arrays import (
    Floats,
    binary_label,
    case_weights,
    defined,
    finite_values,
    probabilities,
    ratio,
)


def brier(label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean squared difference between the probability and what happened.

    Estimator: the weighted mean, divided by the sum of the weights; with
    inverse-probability-of-censoring weights at a horizon it is the Brier score of Graf et al.
    (Stat Med 1999;18:2529), and, where a competing event before the horizon counts as no event,
    that of Gerds and Schumacher for competing risks (Schoop et al., Biom J 2011;53:88). 0 is
    perfect; a model that tells everybody the prevalence p gets p (1 - p).

    Not accepted: NaN, probabilities outside [0, 1], labels other than 0 and 1.

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
    reason = "the Brier score needs a case with a weight above 0"
    return defined(briers(label, probability, weights[None]), reason)


def briers(label: ArrayLike, probability: ArrayLike, weights: Floats) -> Floats:
    """Return `brier` for many sets of weights, shape (b, n); shape (b,)."""
    positive = binary_label(label)
    error = np.square(probabilities(probability, len(positive)) - positive)
    return ratio(weights @ error, weights.sum(axis=1))


def scaled_brier(
    label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> float:
    """Return the share of the Brier score of the bare prevalence that the model takes away.

    Estimator: ``1 - brier / (p (1 - p))`` with p the weighted share of events (Steyerberg et al.,
    Epidemiology 2010;21:128; the index of prediction accuracy of Kattan and Gerds, Diagn Progn Res
    2018;2:7). 1 is perfect, 0 no better than telling everybody p, below 0 worse.

    Not accepted: as for `brier`; one class only.

    Parameters
    ----------
    label, probability, weight
        As for `brier`; shape (n,).
    """
    weights = case_weights(weight, len(binary_label(label)))
    reason = "the scaled Brier score needs cases of both classes"
    return defined(scaled_briers(label, probability, weights[None]), reason)


def scaled_briers(label: ArrayLike, probability: ArrayLike, weights: Floats) -> Floats:
    """Return `scaled_brier` for many sets of weights, shape (b, n); NaN with one class only."""
    share = ratio(weights @ binary_label(label), weights.sum(axis=1))
    return 1 - ratio(briers(label, probability, weights), share * (1 - share))


def integrated_brier(brier_scores: ArrayLike, times_days: ArrayLike) -> Floats:
    """Return the Brier score averaged over the time between the first and the last horizon.

    Estimator: the area by the trapezoidal rule, divided by the length of the time (Graf et al.,
    Stat Med 1999;18:2529).

    Parameters
    ----------
    brier_scores
        At each horizon; shape (..., t).
    times_days
        Two horizons or more, ascending, finite; shape (t,).

    Returns
    -------
    Shape (...); NaN where a score is.
    """
    scores = np.asarray(brier_scores, dtype=np.float64)
    days = finite_values("times_days", times_days, scores.shape[-1])
    if len(days) < 2 or not (np.diff(days) > 0).all():
        raise ValueError("an integrated Brier score needs two horizons or more, ascending")
    area = np.asarray(np.trapezoid(scores, days, axis=-1))
    return np.asarray(area / (days[-1] - days[0]))
