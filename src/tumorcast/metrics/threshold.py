"""The threshold that balances sensitivity and specificity."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tumorcast.metrics.arrays import binary_label, probabilities
from tumorcast.metrics.curves import roc_curve


def youden_threshold(
    label: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> float:
    """Return the threshold with the largest sensitivity + specificity - 1.

    Estimator: Youden's index over all distinct probabilities (Cancer 1950;3:32). The threshold
    lies halfway between the two probabilities that it parts. Tie rule: of equally good
    thresholds the lowest, which is the most sensitive. Choose it on training rows and apply it
    to others: on its own rows it flatters.

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
    curve = roc_curve(label, probabilities(probability, len(binary_label(label))), weight)
    youden = curve.true_positive_rate - curve.false_positive_rate
    best = np.flatnonzero(youden >= youden[1:].max() - 1e-12)[-1]
    if best == len(youden) - 1:
        return float(curve.threshold[best])
    return float((curve.threshold[best] + curve.threshold[best + 1]) / 2)
