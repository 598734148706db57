"""Brier score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tumorcast.metrics.arrays import (
    Floats,
    binary_label,
    case_weights,
    defined,
    probabilities,
    ratio,
)


def brier(label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the mean squared difference between the probability and what happened.

    Estimator: the weighted mean, divided by the sum of the weights; with
    inverse-probability-of-censoring weights at a horizon it is the Brier score of Graf et al.
    (Stat Med 1999;18:2529). 0 is perfect; a model that tells everybody the prevalence p gets
    p (1 - p).

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
