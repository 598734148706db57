"""Area under the precision-recall curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tumorcast.metrics.arrays import (
    Floats,
    binary_label,
    case_weights,
    defined,
    finite_values,
    ratio,
)


def auprc(label: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the average precision: precision averaged over the steps of the recall.

    Estimator: the step-wise sum of (recall gained) x (precision there), without interpolation
    between thresholds. Tie rule: equal scores are called together. A score without information
    gets about the prevalence, not 0.5: report it beside `prevalence`.

    Not accepted: NaN, labels other than 0 and 1, no case with the event.

    Parameters
    ----------
    label, score, weight
        As for `auroc`; shape (n,).
    """
    weights = case_weights(weight, len(binary_label(label)))
    return defined(auprcs(label, score, weights[None]), "AUPRC needs a case with the event")


def auprcs(label: ArrayLike, score: ArrayLike, weights: Floats) -> Floats:
    """Return `auprc` for many sets of weights, shape (b, n); shape (b,), NaN without an event."""
    positive = binary_label(label)
    values = finite_values("score", score, len(positive))
    order = np.argsort(-values, kind="stable")
    ranked, events = -values[order], np.flatnonzero(positive[order])
    called = np.cumsum(weights[:, order], axis=1)
    hits = np.cumsum(weights[:, order[events]], axis=1)
    last_called = np.searchsorted(ranked, ranked[events], side="right") - 1
    last_hit = np.searchsorted(ranked[events], ranked[events], side="right") - 1
    precision = np.nan_to_num(ratio(hits[:, last_hit], called[:, last_called]))
    return ratio(np.sum(weights[:, order[events]] * precision, axis=1), weights @ positive)


def prevalence(label: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the weighted share of cases with the event: the AUPRC of a score that knows nothing.

    Parameters
    ----------
    label, weight
        As for `auroc`; shape (n,).
    """
    positive = binary_label(label)
    weights = case_weights(weight, len(positive))
    share = ratio(weights @ positive, weights.sum())
    return defined(np.atleast_1d(share), "prevalence needs a case with a weight above 0")
