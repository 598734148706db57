"""Observed against predicted incidence in groups of predicted risk, with competing events."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tumorcast.metrics.aalen_johansen import aalen_johansen
from tumorcast.metrics.arrays import Floats, probabilities
from tumorcast.metrics.calibration_curve import CalibrationCurve, quantile_groups


def incidence_calibration(
    event: ArrayLike,
    time_days: ArrayLike,
    probability: ArrayLike,
    *,
    horizon_days: float,
    n_groups: int = 5,
    level: float = 0.95,
) -> CalibrationCurve:
    """Return the Aalen-Johansen incidence at a horizon against the predicted risk, by groups.

    Groups lie between quantiles of the probability; everybody counts in theirs, those censored
    before the horizon too, and censoring need not be alike in all groups, as it must for
    `calibration_curve` with weights from all cases. Where no events compete it is 1 - Kaplan-Meier.
    Tie rules: equal probabilities stay in one group; events come before censorings of one day.
    Band: that of `aalen_johansen` (van Geloven et al., BMJ 2022;377:e069249).

    Not accepted: NaN, probabilities outside [0, 1]; a horizon at or below 0.

    Parameters
    ----------
    event
        0 censored, 1 the event, 2 and above competing; shape (n,).
    time_days
        Days to the first event or to the end of follow-up; shape (n,).
    probability
        Of the event by the horizon; shape (n,).
    horizon_days
        Where the incidence is read; beyond the last day of a group it stays what it was.
    n_groups
        Groups asked for.
    level
        Coverage of the band.
    """
    if not horizon_days > 0:
        raise ValueError(f"the horizon must lie above 0 days, not {horizon_days}")
    kind, days = np.asarray(event), np.asarray(time_days, dtype=np.float64)
    risk = probabilities(probability, len(kind))
    group = quantile_groups(risk, n_groups)
    members = [group == number for number in range(group.max() + 1)]
    found = np.stack([_at(kind[rows], days[rows], horizon_days, level) for rows in members])
    predicted = np.array([risk[rows].mean() for rows in members])
    observed, low, high = found.T
    return CalibrationCurve(predicted, observed, low, high, np.bincount(group).astype(np.int64))


def _at(event: ArrayLike, time_days: ArrayLike, horizon_days: float, level: float) -> Floats:
    """Return incidence at the horizon, and its band."""
    curve = aalen_johansen(event, time_days, level=level)
    last = int(np.searchsorted(curve.time_days, horizon_days, side="right")) - 1
    return np.array([curve.incidence[last], curve.ci_low[last], curve.ci_high[last]])
