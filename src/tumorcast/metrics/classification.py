"""Accuracy, sensitivity and specificity at thresholds that were chosen elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tumorcast.metrics.arrays import (
    Floats,
    binary_label,
    case_weights,
    defined,
    probabilities,
    ratio,
)


def accuracy_at(
    label: ArrayLike,
    probability: ArrayLike,
    threshold: ArrayLike,
    weight: ArrayLike | None = None,
) -> float:
    """Return the weighted share of cases that are called right.

    A case is called positive when its probability is at or above its threshold.

    Not accepted: NaN, labels other than 0 and 1, a threshold chosen on the same rows (nothing
    here can see that: choose it with `youden_threshold` on the training rows).

    Parameters
    ----------
    label
        1 with the event, 0 without; shape (n,).
    probability
        Of the event; shape (n,).
    threshold
        One number, or one a case where cases come from different folds; shape (n,).
    weight
        How much each case counts; shape (n,).
    """
    right = called_positive(probability, threshold) == binary_label(label)
    return _share(right, np.ones_like(right), weight, "accuracy needs a case with a weight above 0")


def sensitivity_at(
    label: ArrayLike,
    probability: ArrayLike,
    threshold: ArrayLike,
    weight: ArrayLike | None = None,
) -> float:
    """Return the weighted share of cases with the event that are called positive.

    Parameters and what is not accepted: as for `accuracy_at`.
    """
    positive = binary_label(label)
    called = called_positive(probability, threshold)
    return _share(called & positive, positive, weight, "sensitivity needs a case with the event")


def specificity_at(
    label: ArrayLike,
    probability: ArrayLike,
    threshold: ArrayLike,
    weight: ArrayLike | None = None,
) -> float:
    """Return the weighted share of cases without the event that are called negative.

    Parameters and what is not accepted: as for `accuracy_at`.
    """
    negative = ~binary_label(label)
    called = called_positive(probability, threshold)
    return _share(
        ~called & negative, negative, weight, "specificity needs a case without the event"
    )


def balanced_accuracy_at(
    label: ArrayLike,
    probability: ArrayLike,
    threshold: ArrayLike,
    weight: ArrayLike | None = None,
) -> float:
    """Return the mean of sensitivity and specificity.

    Parameters and what is not accepted: as for `accuracy_at`.
    """
    sensitivity = sensitivity_at(label, probability, threshold, weight)
    return (sensitivity + specificity_at(label, probability, threshold, weight)) / 2


def called_positive(probability: ArrayLike, threshold: ArrayLike) -> NDArray[np.bool_]:
    """Return whether each case is called positive: probability at or above the threshold."""
    values = np.asarray(probability, dtype=np.float64)
    values = probabilities(values, len(values))
    return values >= probabilities(np.broadcast_to(threshold, values.shape), len(values))


def shares(part: NDArray[np.bool_], whole: NDArray[np.bool_], weights: Floats) -> Floats:
    """Return the weight of `part` in `whole` (shape (n,)) for weights (b, n); shape (b,)."""
    return ratio(weights @ part.astype(np.float64), weights @ whole.astype(np.float64))


def _share(
    part: NDArray[np.bool_], whole: NDArray[np.bool_], weight: ArrayLike | None, reason: str
) -> float:
    return defined(shares(part, whole, case_weights(weight, len(whole))[None]), reason)
