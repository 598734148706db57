"""Measures of probabilities of several classes, as functions of case weights.

All take weights of shape (b, n) and return values of shape (b,); NaN where not defined. A class
that no weighted case is of makes the means over classes undefined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics.arrays import ratio
from tumorcast.metrics.auroc import aurocs

Floats = NDArray[np.float64]

_SURE = 1e-12
"""Probabilities below this count as this in the log-loss."""


def class_aurocs(label: NDArray[np.int64], score: Floats, weights: Floats) -> Floats:
    """Return the area under the ROC curve of each class against the rest, shape (b, classes).

    Parameters
    ----------
    label
        Positions of the classes, shape (n,).
    score
        Higher for a likelier class, shape (n, classes).
    """
    each = [
        aurocs((label == number).astype(np.int64), score[:, number], weights)
        for number in range(score.shape[1])
    ]
    return np.stack(each, axis=1)


def macro_aurocs(label: NDArray[np.int64], score: Floats, weights: Floats) -> Floats:
    """Return the mean over the classes of `class_aurocs`, each class counting once."""
    return np.asarray(class_aurocs(label, score, weights).mean(axis=1))


def weighted_aurocs(label: NDArray[np.int64], score: Floats, weights: Floats) -> Floats:
    """Return the mean over the classes of `class_aurocs`, each counting by its cases."""
    cases = np.stack([weights @ (label == number) for number in range(score.shape[1])], axis=1)
    return np.asarray((class_aurocs(label, score, weights) * cases).sum(axis=1) / cases.sum(axis=1))


def balanced_accuracies(label: NDArray[np.int64], called: NDArray[np.int64], n_classes: int,
                        weights: Floats) -> Floats:  # fmt: skip
    """Return the mean over the classes of the share of its cases that are called so."""
    each = [
        class_shares((called == number) & (label == number), label == number, weights)
        for number in range(n_classes)
    ]
    return np.asarray(np.mean(each, axis=0))


def class_briers(label: NDArray[np.int64], probability: Floats, weights: Floats) -> Floats:
    """Return the mean of the squared errors summed over the classes, from 0 to 2.

    Source: Brier, Mon Weather Rev 1950;78:1.
    """
    truth = np.eye(probability.shape[1])[label]
    return ratio(weights @ ((probability - truth) ** 2).sum(axis=1), weights.sum(axis=1))


def class_log_losses(label: NDArray[np.int64], probability: Floats, weights: Floats) -> Floats:
    """Return the mean negative logarithm of the probability of the class that it was."""
    of_truth = probability[np.arange(len(label)), label]
    return ratio(weights @ -np.log(np.maximum(of_truth, _SURE)), weights.sum(axis=1))


def class_shares(part: NDArray[np.bool_], whole: NDArray[np.bool_], weights: Floats) -> Floats:
    """Return the weight of `part` in `whole`, both of shape (n,)."""
    return ratio(weights @ part.astype(np.float64), weights @ whole.astype(np.float64))


def class_table(label: NDArray[np.int64], called: NDArray[np.int64], n_classes: int) -> Floats:
    """Return how many cases of each class (rows) are called what (columns)."""
    table = np.zeros((n_classes, n_classes))
    np.add.at(table, (label, called), 1)
    return table
