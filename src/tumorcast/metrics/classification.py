"""What calling cases at a threshold gets right: the rates of a two-by-two table."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

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


class Confusion(NamedTuple):
    """Weight of the four kinds of cases, shape (b,) each for b sets of weights."""

    true_positive: Floats
    false_positive: Floats
    true_negative: Floats
    false_negative: Floats


class Rate(NamedTuple):
    """A rate of the table, NaN where it is not defined, and when that is."""

    of: Callable[[Confusion], Floats]
    undefined: str


def confusion(label: ArrayLike, called: NDArray[np.bool_], weights: Floats) -> Confusion:
    """Return the table for weights (b, n); `label` and `called` have the shape (n,)."""
    positive = binary_label(label)
    kinds = [called & positive, called & ~positive, ~called & ~positive, ~called & positive]
    return Confusion(*(weights @ np.stack(kinds, axis=1).astype(np.float64)).T)


def _accuracy(table: Confusion) -> Floats:
    return ratio(table.true_positive + table.true_negative, np.sum(table, axis=0))


def _sensitivity(table: Confusion) -> Floats:
    return ratio(table.true_positive, table.true_positive + table.false_negative)


def _specificity(table: Confusion) -> Floats:
    return ratio(table.true_negative, table.true_negative + table.false_positive)


def _balanced_accuracy(table: Confusion) -> Floats:
    return (_sensitivity(table) + _specificity(table)) / 2


def _ppv(table: Confusion) -> Floats:
    return ratio(table.true_positive, table.true_positive + table.false_positive)


def _npv(table: Confusion) -> Floats:
    return ratio(table.true_negative, table.true_negative + table.false_negative)


def _f1(table: Confusion) -> Floats:
    hits = 2 * table.true_positive
    return ratio(hits, hits + table.false_positive + table.false_negative)


def _mcc(table: Confusion) -> Floats:
    tp, fp, tn, fn = table
    return ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


RATES: dict[str, Rate] = {
    "accuracy": Rate(_accuracy, "no case has a weight above 0"),
    "balanced_accuracy": Rate(_balanced_accuracy, "no case with the event, or none without it"),
    "sensitivity": Rate(_sensitivity, "no case with the event"),
    "specificity": Rate(_specificity, "no case without the event"),
    "ppv": Rate(_ppv, "nobody is called positive"),
    "npv": Rate(_npv, "nobody is called negative"),
    "f1": Rate(_f1, "no case with the event and nobody is called positive"),
    "mcc": Rate(_mcc, "one class only, or all cases are called alike"),
}
"""Rates of the table by name."""


def rate_at(
    rate: str,
    label: ArrayLike,
    probability: ArrayLike,
    threshold: ArrayLike,
    weight: ArrayLike | None = None,
) -> float:
    """Return a rate of the calls at a threshold that was chosen elsewhere.

    Tie rule: a case is called positive when its probability is at or above its threshold. F1 is
    the harmonic mean of sensitivity and PPV, MCC the correlation of call and event (Matthews,
    Biochim Biophys Acta 1975;405:442). PPV, NPV, accuracy and F1 hold at the prevalence of these
    cases.

    Not accepted: NaN, labels other than 0 and 1, a threshold chosen on the same rows (nothing
    here can see that: choose it with `ThresholdRule` on the training rows), and cases on which the
    rate is not defined, such as the PPV where nobody is called positive.

    Parameters
    ----------
    rate
        Name in `RATES`.
    label
        1 with the event, 0 without; shape (n,).
    probability
        Of the event; shape (n,).
    threshold
        One number, or one a case where cases come from different folds; shape (n,).
    weight
        How much each case counts; shape (n,).
    """
    called = called_positive(probability, threshold)
    table = confusion(label, called, case_weights(weight, len(called))[None])
    return defined(RATES[rate].of(table), f"{rate} is not defined: {RATES[rate].undefined}")


def called_positive(probability: ArrayLike, threshold: ArrayLike) -> NDArray[np.bool_]:
    """Return whether each case is called positive: probability at or above the threshold."""
    values = np.asarray(probability, dtype=np.float64)
    values = probabilities(values, len(values))
    return values >= probabilities(np.broadcast_to(threshold, values.shape), len(values))
