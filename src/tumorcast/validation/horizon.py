"""Horizons that the follow-up can answer for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.errors import Finding, refuse

FOLLOWED_BEYOND = 10
"""Cases that must be followed beyond a horizon: they stand in for all who were censored before."""


def feasible_horizons(
    outcome: Outcome, horizons_days: Sequence[float]
) -> tuple[tuple[float, ...], tuple[Finding, ...]]:
    """Return the horizons, each cut to where ten cases are still followed, and what was cut.

    Beyond the follow-up the inverse-probability-of-censoring weights are not defined, and just
    before its end a few cases carry all the weight. Infinite horizons ("at any time") need no
    weights and stay.

    Raises
    ------
    StudyRefusedError
        ``VAL-03`` when no horizon leaves ten cases and an event on either side of it.
    """
    horizons: list[float] = []
    findings: list[Finding] = []
    for days in horizons_days:
        kept, finding = _feasible(outcome, days)
        if finding is not None:
            findings.append(finding)
        if kept not in horizons:
            horizons.append(kept)
    return tuple(horizons), tuple(findings)


def last_followed_day(time_days: NDArray[np.float64]) -> float:
    """Return the last whole day that ten cases outlast; of fewer cases the last of all days."""
    if len(time_days) < FOLLOWED_BEYOND:
        return float(time_days.max())
    return float(np.ceil(np.sort(time_days)[-FOLLOWED_BEYOND]) - 1)


def _feasible(outcome: Outcome, horizon_days: float) -> tuple[float, Finding | None]:
    if math.isinf(horizon_days) or outcome.time_days is None:
        return horizon_days, None
    n_beyond = int(np.sum(outcome.time_days > horizon_days))
    if n_beyond >= FOLLOWED_BEYOND:
        return horizon_days, None
    longest = _longest_horizon(outcome, outcome.time_days)
    found = (
        f"{n_beyond} of {len(outcome)} cases are followed beyond the horizon of "
        f"{horizon_days:g} days"
    )
    expected = f"{FOLLOWED_BEYOND} or more, so that weights for censored cases are defined"
    if longest is None:
        fix = "set endpoint.horizons_days=[all], or wait for longer follow-up"
        raise refuse("VAL-03", found, expected=expected, fix=fix)
    return longest, Finding(
        "VAL-02",
        "repaired",
        f"{found}: the horizon is {longest:g} days instead",
        expected,
        f"set endpoint.horizons_days to {longest:g} or less",
    )


def _longest_horizon(outcome: Outcome, time_days: NDArray[np.float64]) -> float | None:
    """Return the last whole day that ten cases outlast, if there was an event by then."""
    if len(outcome) < FOLLOWED_BEYOND:
        return None
    longest = last_followed_day(time_days)
    seen = (outcome.event == 1) & (time_days <= longest)
    return longest if seen.any() else None
