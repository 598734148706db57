"""Calibration in the large as a ratio: events that came over events that were predicted."""

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


def observed_expected_ratio(
    label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> float:
    """Return the observed over the mean predicted risk: above 1 the risk is predicted too low.

    Estimator: the weighted share of events, which with inverse-probability-of-censoring weights
    at a horizon is 1 - Kaplan-Meier, or the Aalen-Johansen incidence where events compete, over
    the plain mean probability of all cases, also of those censored before the horizon (van Geloven
    et al., BMJ 2022;377:e069249).

    Not accepted: NaN, probabilities outside [0, 1] or all 0, labels other than 0 and 1.

    Parameters
    ----------
    label
        1 with the event by the horizon, 0 without; shape (n,).
    probability
        Of the event; shape (n,).
    weight
        For the censoring; shape (n,).
    """
    weights = case_weights(weight, len(binary_label(label)))
    everybody = np.ones((1, len(weights)))
    found = observed_expected_ratios(label, probability, weights, everybody)
    return defined(found, "no event is predicted, or no case has a weight above 0")


def observed_expected_ratios(
    label: ArrayLike, probability: ArrayLike, weight: Floats, counts: Floats
) -> Floats:
    """Return `observed_expected_ratio` of resamples that draw each case `counts` (b, n) times."""
    positive = binary_label(label)
    chance = probabilities(probability, len(positive))
    observed = ratio(counts @ (weight * positive), counts @ weight)
    return ratio(observed, ratio(counts @ chance, counts.sum(axis=1)))
