"""Survival by the product-limit estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from tumorcast.metrics.arrays import Floats, finite_values


@dataclass(frozen=True)
class SurvivalCurve:
    """A right-continuous step function of the time, from day 0 on.

    Parameters
    ----------
    time_days
        0 and every day on which somebody had the event or was censored; shape (k,).
    survival
        Probability of being free of the event after that day; shape (k,).
    ci_low, ci_high
        Confidence band, point by point; NaN where the survival is 0; shape (k,).
    n_at_risk, n_events, n_censored
        Cases followed up to that day, and what happened on it; shape (k,).
    """

    time_days: Floats
    survival: Floats
    ci_low: Floats
    ci_high: Floats
    n_at_risk: NDArray[np.int64]
    n_events: NDArray[np.int64]
    n_censored: NDArray[np.int64]


def kaplan_meier(event: ArrayLike, time_days: ArrayLike, level: float = 0.95) -> SurvivalCurve:
    """Return the Kaplan-Meier estimate with Greenwood's band on the log-log scale.

    Estimator: Kaplan & Meier (J Am Stat Assoc 1958;53:457); variance of log(-log S) by Greenwood's
    formula (Kalbfleisch & Prentice 1980), so that the band stays inside [0, 1]. Tie rule: events
    come before censorings of the same day.

    Not accepted: NaN times; codes above 1. With competing events 1 - S overstates the risk: use
    `aalen_johansen`.

    Parameters
    ----------
    event
        0 censored, 1 the event; shape (n,).
    time_days
        Days to the event or to the end of follow-up; shape (n,).
    level
        Coverage of the band.
    """
    kind = np.asarray(event)
    if not np.isin(kind, (0, 1)).all():
        raise ValueError("Kaplan-Meier takes 0 and 1: with competing events use aalen_johansen")
    days, at_risk, (n_censored, n_events) = counts_by_day(kind, time_days, 2)
    survival = np.cumprod(1 - n_events / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(n_events / (at_risk * (at_risk - n_events)))
        spread = np.sqrt(variance) / np.log(survival)
        z = float(ndtri(0.5 + level / 2))
        low = np.where(survival == 1, 1.0, survival ** np.exp(-z * spread))
        high = np.where(survival == 1, 1.0, survival ** np.exp(z * spread))
    low, high = (np.where(survival == 0, np.nan, band) for band in (low, high))
    return SurvivalCurve(days, survival, low, high, at_risk, n_events, n_censored)


def counts_by_day(
    kind: NDArray[np.generic], time_days: ArrayLike, n_kinds: int
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct days (0 first), the number at risk, and how often each kind came.

    Shapes (k,), (k,) and (n_kinds, k).
    """
    followed = finite_values("time_days", time_days, len(kind))
    if not len(kind) or followed.min() <= 0:
        raise ValueError("there must be a case, and every time_days must be above 0")
    days = np.concatenate(([0.0], np.unique(followed)))
    slot = np.searchsorted(days, followed)
    counts = np.stack([np.bincount(slot[kind == k], minlength=len(days)) for k in range(n_kinds)])
    at_risk = len(kind) - np.searchsorted(np.sort(followed), days, side="left")
    return days, at_risk.astype(np.int64), counts.astype(np.int64)
