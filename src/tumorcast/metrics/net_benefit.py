"""Net benefit of acting on a prediction, the ordinate of a decision curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tumorcast.metrics.arrays import Floats, binary_label, case_weights, probabilities, ratio


def net_benefits(
    label: ArrayLike,
    probability: ArrayLike,
    thresholds: ArrayLike,
    weight: ArrayLike | None = None,
) -> Floats:
    """Return the net benefit of treating whoever reaches each threshold, shape (t,).

    The share of true positives, less that of false positives times the odds of the threshold: who
    treats at a probability of 10% takes nine false positives for one true one (Vickers and Elkin,
    Med Decis Making 2006;26:565).

    Parameters
    ----------
    label
        0 or 1, shape (n,).
    probability
        Of the event, shape (n,); all ones give the net benefit of treating everybody.
    thresholds
        Above 0 and below 1, shape (t,).
    weight
        Weight of each case, such as that for censoring (Vickers et al., BMC Med Inform Decis Mak
        2008;8:53); by default all count alike.

    Raises
    ------
    ValueError
        When a threshold is not above 0 and below 1.
    """
    positive = binary_label(label)
    chance = probabilities(probability, len(positive))
    counts = case_weights(weight, len(positive))
    odds_at = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    if not np.all((odds_at > 0) & (odds_at < 1)):
        raise ValueError("thresholds must lie above 0 and below 1")
    treated = chance >= odds_at[:, None]
    share = counts / counts.sum()
    true = (treated & positive) @ share
    false = (treated & ~positive) @ share
    return np.asarray(true - false * odds_at / (1 - odds_at))


def net_benefit_of(
    label: ArrayLike, called: NDArray[np.bool_], threshold: ArrayLike, weights: Floats
) -> Floats:
    """Return the net benefit of calls that were made at given thresholds.

    A false positive takes away the odds of the threshold at which its case was called.

    Parameters
    ----------
    label, called
        Shape (n,).
    threshold
        One number, or one a case where cases come from different folds; below 1; shape (n,).
    weights
        Shape (b, n).

    Returns
    -------
    Shape (b,); NaN where there is no weight.
    """
    positive = binary_label(label)
    chance = np.broadcast_to(np.asarray(threshold, dtype=np.float64), positive.shape)
    worth = np.where(positive, 1.0, -chance / np.maximum(1 - chance, 1e-12))
    return ratio(weights @ np.where(called, worth, 0.0), weights.sum(axis=1))
