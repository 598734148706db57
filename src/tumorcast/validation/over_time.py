"""Metrics that need the days of the events: concordance and the Brier score over horizons."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import (
    CensoringDistribution,
    ComparablePairs,
    PatientBootstrap,
    briers,
    c_indices,
    comparable_pairs,
    integrated_brier,
    uno_pairs,
)
from tumorcast.validation.entries import entries, entry
from tumorcast.validation.horizon import last_followed_day
from tumorcast.validation.measures import Measures
from tumorcast.validation.scores import ArmScores

Floats = NDArray[np.float64]
Entry = dict[str, Any]


def concordance_entries(
    scores: ArmScores, horizon_days: float, bootstrap: PatientBootstrap
) -> dict[str, Entry]:
    """Return the entries of Harrell's C over the whole follow-up and of Uno's up to the horizon.

    Over the whole follow-up Uno's C goes to the last day that ten cases outlast: the few who are
    followed for longer would carry all the weight.
    """
    event, time_days = scores.event, scores.time_days
    tau_days = last_followed_day(time_days) if math.isinf(horizon_days) else horizon_days
    censoring = CensoringDistribution.fit(event, time_days)
    pairs = {
        "c_index": comparable_pairs(event, time_days),
        "uno_c_index": uno_pairs(event, time_days, censoring=censoring, horizon_days=tau_days),
    }
    per_repeat = [
        [_concordance(name, scores, risk, counted) for name, counted in pairs.items()]
        for risk in scores.risk
    ]
    found = entries(per_repeat, bootstrap, scores.spread)
    found["uno_c_index"]["tau_days"] = tau_days
    return found


def _concordance(name: str, scores: ArmScores, risk: Floats, pairs: ComparablePairs) -> Measures:
    n, n_events = len(scores.cases), len(pairs.first)
    return Measures((name,), lambda w: c_indices(pairs, risk, w)[:, None], np.ones(n), n, n_events)


def integrated_brier_entries(
    at_horizons: Mapping[float, ArmScores], bootstraps: Mapping[tuple[str, ...], PatientBootstrap]
) -> dict[str, Entry]:
    """Return the entry of the Brier score over the finite horizons of an arm.

    Parameters
    ----------
    at_horizons
        Predictions of the same cases at each horizon.
    bootstraps
        Resamples by the patients of the cases.

    Returns
    -------
    Nothing where times are not known.
    """
    first = next(iter(at_horizons.values()))
    if not first.is_timed:
        return {}
    days = sorted(day for day in at_horizons if math.isfinite(day))
    bootstrap = bootstraps[first.patients]
    values = np.full(len(first.repeats), np.nan)
    resampled = np.full(len(bootstrap.counts), np.nan)
    if len(days) > 1:
        each = np.stack([_briers(at_horizons[day], bootstrap) for day in days], axis=-1)
        over_time = integrated_brier(each, days)
        values, resampled = over_time[:, 0], over_time[:, 1:].mean(axis=0)
    counts = {"n": len(first.cases), "n_events": int((first.event == 1).sum())}
    found = entry("integrated_brier", values, resampled, first.spread)
    return {"integrated_brier": {**found, **counts}}


def _briers(scores: ArmScores, bootstrap: PatientBootstrap) -> Floats:
    """Return the Brier score of each repeat, of all cases and of resamples; shape (r, 1 + b)."""
    return np.stack([_with_resamples(scores, row, bootstrap) for row in scores.probability])


def _with_resamples(scores: ArmScores, probability: Floats, bootstrap: PatientBootstrap) -> Floats:
    def values(weights: Floats) -> Floats:
        return briers(scores.label, probability, weights)

    resampled = bootstrap.values(values, scores.weight)
    return np.concatenate([values(scores.weight[None]), resampled])
