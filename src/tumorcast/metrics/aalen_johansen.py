"""Cumulative incidence in the presence of competing events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from tumorcast.metrics.arrays import Floats
from tumorcast.metrics.kaplan_meier import counts_by_day


@dataclass(frozen=True)
class IncidenceCurve:
    """A right-continuous step function of the time, from day 0 on.

    Parameters
    ----------
    time_days
        0 and every day on which anything happened or somebody was censored; shape (k,).
    incidence
        Probability of having had the event by that day; shape (k,).
    ci_low, ci_high
        Confidence band, point by point; shape (k,).
    n_at_risk
        Cases followed up to that day; shape (k,).
    """

    time_days: Floats
    incidence: Floats
    ci_low: Floats
    ci_high: Floats
    n_at_risk: NDArray[np.int64]


def aalen_johansen(
    event: ArrayLike, time_days: ArrayLike, *, cause: int = 1, level: float = 0.95
) -> IncidenceCurve:
    """Return the Aalen-Johansen estimate of the cumulative incidence of one kind of event.

    Estimator: Aalen & Johansen (Scand J Stat 1978;5:141); variance by the delta method (Dinse &
    Larson, Biometrika 1986;73:379, equation 6); band on the log-log scale, so that it stays
    inside [0, 1]. Without competing events it is 1 - Kaplan-Meier. Tie rule: events of any kind
    come before censorings of the same day.

    Not accepted: NaN times, negative codes.

    Parameters
    ----------
    event
        0 censored, 1 and above kinds of events; shape (n,).
    time_days
        Days to the first event or to the end of follow-up; shape (n,).
    cause
        The kind whose incidence is wanted.
    level
        Coverage of the band.
    """
    kind = np.asarray(event)
    if kind.size and kind.min() < 0:
        raise ValueError("event codes start at 0 (censored)")
    n_kinds = 1 + max(cause, int(kind.max(initial=0)))
    days, at_risk, counts = counts_by_day(kind, time_days, n_kinds)
    of_any, of_cause = counts[1:].sum(axis=0), counts[cause]
    survival = np.cumprod(1 - of_any / at_risk, dtype=np.float64)
    before = np.concatenate(([1.0], survival[:-1]))
    incidence = np.cumsum(before * of_cause / at_risk, dtype=np.float64)
    error = np.sqrt(_delta_variance(incidence, before, at_risk, of_any, of_cause))
    z = float(ndtri(0.5 + level / 2))
    certain = (incidence <= 0) | (incidence >= 1)
    inside = np.where(certain, 0.5, incidence)
    spread = z * error / (inside * np.log(inside))
    low = np.where(certain, incidence, inside ** np.exp(-spread))
    high = np.where(certain, incidence, inside ** np.exp(spread))
    return IncidenceCurve(days, incidence, low, high, at_risk)


def _delta_variance(
    incidence: Floats,
    before: Floats,
    at_risk: NDArray[np.int64],
    of_any: NDArray[np.int64],
    of_cause: NDArray[np.int64],
) -> Floats:
    """Return the variance of the incidence on every day; arrays of shape (k,)."""
    gained_since = np.tril(incidence[:, None] - incidence[None, :])
    leaving = at_risk - of_any
    # Where everybody leaves, nothing can be gained afterwards: the term is 0 whatever it divides.
    hazard = of_any / (at_risk * np.maximum(leaving, 1))
    cause_share = np.square(before) * of_cause * (at_risk - of_cause) / at_risk**3
    cross = before * of_cause / np.square(at_risk)
    gains: Floats = np.square(gained_since) @ hazard - 2 * gained_since @ cross
    return np.maximum(gains + np.cumsum(cause_share), 0.0)
