"""One entry of ``metrics.json`` a metric: value, interval, spread, and why it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from tumorcast.metrics import (
    Interval,
    PatientBootstrap,
    SmoothCalibration,
    delong_covariance,
    net_benefit_of,
    prevalence,
)
from tumorcast.validation.comparison import allows_delong
from tumorcast.validation.definitions import BOUNDS, DEFINITIONS
from tumorcast.validation.measures import Measures
from tumorcast.validation.plain import plain_number
from tumorcast.validation.scores import ArmScores
from tumorcast.validation.training_spread import UNIT, spread_interval

Floats = NDArray[np.float64]
Entry = dict[str, Any]

_NO_INTERVAL = "not defined in more than 5% of the resamples of patients"


def entries(
    per_repeat: Sequence[Sequence[Measures]], bootstrap: PatientBootstrap, spread: float
) -> dict[str, Entry]:
    """Return the entries of all measures of an arm.

    Parameters
    ----------
    per_repeat
        The same measures of each repeat.
    bootstrap
        Resamples of the patients of the arm.
    spread
        By how much the intervals are widened, see `training_spread`.
    """
    found: dict[str, Entry] = {}
    for measures in zip(*per_repeat, strict=True):
        first = measures[0]
        values = np.stack([of.values(of.weight[None])[0] for of in measures])
        resampled = np.mean([bootstrap.values(of.values, of.weight) for of in measures], axis=0)
        counts = {"n": first.n, "n_events": first.n_events}
        for column, name in enumerate(first.names):
            of_metric = entry(name, values[:, column], resampled[:, column], spread)
            found[name] = {**of_metric, **counts}
    return found


def entry(name: str, values: Floats, resampled: Floats, spread: float) -> Entry:
    """Return the entry of a metric from its values in repeats, (r,), and in resamples, (b,).

    ``reason`` is there where the value or the interval is not.
    """
    low, high = spread_interval(resampled, spread, BOUNDS.get(name, UNIT))
    value = plain_number(values.mean())
    found: Entry = {
        "value": value,
        "ci_low": plain_number(low),
        "ci_high": plain_number(high),
        "sd_repeats": plain_number(values.std(ddof=1)) if len(values) > 1 else None,
    }
    if value is None:
        missing = int((~np.isfinite(values)).sum())
        where = f" in {missing} of {len(values)} repeats" if missing < len(values) else ""
        return {**found, "reason": DEFINITIONS[name].undefined + where}
    return found if np.isfinite(low) else {**found, "reason": f"interval: {_NO_INTERVAL}"}


def beside(scores: ArmScores) -> dict[str, dict[str, float | None]]:
    """Return what stands beside the values, by metric."""
    label, weight = scores.label, scores.weight
    low, high = _delong_interval(scores)
    everybody = np.ones(len(label), dtype=np.bool_)
    treat_all = [net_benefit_of(label, everybody, row, weight[None]) for row in scores.threshold]
    return {
        "auroc": {"delong_low": plain_number(low), "delong_high": plain_number(high)},
        "auprc": {"prevalence": prevalence(label, weight)},
        "net_benefit": {"treat_all": plain_number(float(np.mean(treat_all)))},
        "ici": {"e50": _distance(scores, 0.5), "e90": _distance(scores, 0.9)},
    }


def _distance(scores: ArmScores, share: float) -> float | None:
    """Return what a share of the distances to the calibration curve stays below."""
    curves = [SmoothCalibration.of(scores.label, row, scores.weight) for row in scores.probability]
    found = [curve.distance_quantile(scores.weight, share) for curve in curves]
    return plain_number(float(np.mean(found)))


def _delong_interval(scores: ArmScores, level: float = 0.95) -> Interval:
    """Return DeLong's interval of the mean AUROC of the repeats; NaN where it does not hold."""
    if not allows_delong(scores):
        return Interval(np.nan, np.nan)
    areas, covariance = delong_covariance(scores.label, scores.risk)
    half = float(ndtri(0.5 + level / 2)) * float(np.sqrt(covariance.mean()))
    mean = float(areas.mean())
    return Interval(max(0.0, mean - half), min(1.0, mean + half))
