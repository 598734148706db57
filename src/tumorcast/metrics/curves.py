"""Receiver operating characteristic and precision-recall curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tumorcast.metrics.arrays import Floats, binary_label, case_weights, finite_values, ratio


@dataclass(frozen=True)
class RocCurve:
    """One corner a distinct score, from "nobody is called" to "everybody is".

    Parameters
    ----------
    false_positive_rate, true_positive_rate
        Shape (k + 1,).
    threshold
        Calling scores at or above it gives the corner; infinite at the first; shape (k + 1,).
    """

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """One point a distinct score, by ascending recall.

    Parameters
    ----------
    recall, precision
        Shape (k,).
    threshold
        Calling scores at or above it gives the point; shape (k,).
    """

    recall: Floats
    precision: Floats
    threshold: Floats


def roc_curve(label: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> RocCurve:
    """Return the ROC curve; the trapezoids below it add up to `auroc`.

    Tie rule: equal scores are called together, one corner for all of them.

    Not accepted: NaN, labels other than 0 and 1, one class only.

    Parameters
    ----------
    label, score, weight
        As for `auroc`; shape (n,).
    """
    hits, false_alarms, threshold = _called(label, score, weight)
    if hits[-1] == 0 or false_alarms[-1] == 0:
        raise ValueError("a ROC curve needs cases of both classes")
    return RocCurve(
        np.concatenate(([0.0], false_alarms / false_alarms[-1])),
        np.concatenate(([0.0], hits / hits[-1])),
        np.concatenate(([np.inf], threshold)),
    )


def pr_curve(
    label: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None
) -> PrecisionRecallCurve:
    """Return the precision-recall curve; its steps add up to `auprc`.

    Tie rule: equal scores are called together. Scores of weight 0 alone have precision 0.

    Not accepted: NaN, labels other than 0 and 1, no case with the event.

    Parameters
    ----------
    label, score, weight
        As for `auroc`; shape (n,).
    """
    hits, false_alarms, threshold = _called(label, score, weight)
    if hits[-1] == 0:
        raise ValueError("a precision-recall curve needs a case with the event")
    precision = np.nan_to_num(ratio(hits, hits + false_alarms))
    return PrecisionRecallCurve(hits / hits[-1], precision, threshold)


def _called(
    label: ArrayLike, score: ArrayLike, weight: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Return hits, false alarms and threshold of each distinct score, highest first."""
    positive = binary_label(label)
    values = finite_values("score", score, len(positive))
    weights = case_weights(weight, len(positive))
    threshold, group = np.unique(-values, return_inverse=True)
    hits = np.cumsum(np.bincount(group, weights * positive), dtype=np.float64)
    false_alarms = np.cumsum(np.bincount(group, weights * ~positive), dtype=np.float64)
    return hits, false_alarms, -threshold
