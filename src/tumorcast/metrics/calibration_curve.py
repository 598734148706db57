"""Observed against predicted risk, in groups, with a band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from tumorcast.metrics.arrays import Floats, binary_label, case_weights, probabilities


@dataclass(frozen=True)
class CalibrationCurve:
    """One point a group of cases, by ascending predicted risk.

    Parameters
    ----------
    predicted, observed
        Weighted mean probability and weighted share of events; shape (g,).
    ci_low, ci_high
        Confidence band of `observed`; shape (g,).
    n
        Cases with a weight above 0; shape (g,).
    """

    predicted: Floats
    observed: Floats
    ci_low: Floats
    ci_high: Floats
    n: NDArray[np.int64]


def calibration_curve(
    label: ArrayLike,
    probability: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    n_groups: int = 10,
    level: float = 0.95,
) -> CalibrationCurve:
    """Return observed against predicted risk in groups of about equal number.

    Estimator: groups between quantiles of the probability. Tie rule: equal probabilities stay in
    one group, so there may be fewer groups. Band: Wilson's interval with Kish's effective number
    of cases, ``sum(w)**2 / sum(w**2)``; a band a point, not simultaneous.

    Not accepted: NaN, probabilities outside [0, 1], labels other than 0 and 1.

    Parameters
    ----------
    label
        1 with the event, 0 without; shape (n,).
    probability
        Of the event; shape (n,).
    weight
        How much each case counts; shape (n,). Cases of weight 0 are left out.
    n_groups
        Groups asked for.
    level
        Coverage of the band.
    """
    positive = binary_label(label)
    weights = case_weights(weight, len(positive))
    counted = weights > 0
    if not counted.any():
        raise ValueError("a calibration curve needs a case with a weight above 0")
    risk = probabilities(probability, len(positive))[counted]
    weights, positive = weights[counted], positive[counted]
    group = quantile_groups(risk, n_groups)
    total = np.bincount(group, weights)
    predicted = np.bincount(group, weights * risk) / total
    observed = np.bincount(group, weights * positive) / total
    effective_n = np.square(total) / np.bincount(group, np.square(weights))
    low, high = wilson_interval(observed, effective_n, level)
    return CalibrationCurve(predicted, observed, low, high, np.bincount(group).astype(np.int64))


def quantile_groups(risk: Floats, n_groups: int) -> NDArray[np.int64]:
    """Return the number of each case's group between quantiles of the risk, ascending, shape (n,).

    Equal risks stay in one group, so there may be fewer groups than asked for.
    """
    edges = np.unique(np.quantile(risk, np.linspace(0, 1, n_groups + 1)[1:-1]))
    _, group = np.unique(np.searchsorted(edges, risk, side="left"), return_inverse=True)
    return np.asarray(group, dtype=np.int64)


def wilson_interval(share: Floats, n: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return Wilson's score interval of a share seen in `n` cases (J Am Stat Assoc 1927;22:209)."""
    z = float(ndtri(0.5 + level / 2))
    shrunk = n / (n + z**2)
    centre = shrunk * (share + z**2 / (2 * n))
    half = shrunk * z * np.sqrt(share * (1 - share) / n + z**2 / (4 * np.square(n)))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
