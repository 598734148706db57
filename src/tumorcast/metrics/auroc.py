"""Area under the receiver operating characteristic curve."""

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


def auroc(label: ArrayLike, score: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the probability that a case with the event scores above one without it.

    Estimator: Mann-Whitney; with inverse-probability-of-censoring weights at a horizon it is the
    cumulative/dynamic time-dependent AUC (Uno et al., J Am Stat Assoc 2007;102:527). Tie rule:
    equal scores count one half. Direction: a higher score means the event, and an area below
    0.5 is reported as it is.

    Not accepted: NaN, labels other than 0 and 1, one class only.

    Parameters
    ----------
    label
        1 with the event, 0 without; shape (n,).
    score
        Any score that rises with the risk; shape (n,).
    weight
        How much each case counts; shape (n,). A pair counts the product of its weights.
    """
    weights = case_weights(weight, len(binary_label(label)))
    return defined(aurocs(label, score, weights[None]), "AUROC needs cases of both classes")


def aurocs(label: ArrayLike, score: ArrayLike, weights: Floats) -> Floats:
    """Return `auroc` for many sets of weights at once, such as the counts of bootstrap resamples.

    Parameters
    ----------
    label, score
        As for `auroc`; shape (n,).
    weights
        Shape (b, n).

    Returns
    -------
    Shape (b,); NaN where a class has no weight.
    """
    positive = binary_label(label)
    values = finite_values("score", score, len(positive))
    with_event, without = values[positive], values[~positive]
    order = np.argsort(without, kind="stable")
    below = np.zeros((len(weights), len(without) + 1))
    np.cumsum(weights[:, ~positive][:, order], axis=1, out=below[:, 1:])
    # What lies below an event and half of what equals it is the mean of the two ends of its ties.
    first, last = (np.searchsorted(without[order], with_event, side) for side in ("left", "right"))
    of_events = weights[:, positive]
    concordant = np.sum(of_events * (below[:, first] + below[:, last]), axis=1) / 2
    return ratio(concordant, of_events.sum(axis=1) * below[:, -1])
