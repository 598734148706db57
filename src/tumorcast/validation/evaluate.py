"""From predictions to the figures of ``metrics.json``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import (
    PatientBootstrap,
    auprcs,
    aurocs,
    briers,
    c_indices,
    calibration_intercepts,
    calibration_slopes,
    called_positive,
    comparable_pairs,
    percentile_interval,
    shares,
)
from tumorcast.validation.comparison import compare
from tumorcast.validation.predictions import Predictions
from tumorcast.validation.scores import ArmScores, scores_of

Floats = NDArray[np.float64]
N_RESAMPLES = 2000


Metric = Callable[[Floats], Floats]
"""From case weights (b, n) to values (b,)."""


def metrics_of_repeat(scores: ArmScores, repeat: int) -> dict[str, Metric]:
    """Return every metric of one repeat as a function of case weights.

    AUROC, AUPRC and the C-index (Harrell's) rank by risk; the others take the probability and the
    threshold of each case's fold.
    """
    label, risk = scores.label, scores.risk[repeat]
    probability = scores.probability[repeat]
    positive = label == 1
    called = called_positive(probability, scores.threshold[repeat])
    everyone = np.ones_like(called)
    metrics: dict[str, Metric] = {
        "auroc": lambda w: aurocs(label, risk, w),
        "auprc": lambda w: auprcs(label, risk, w),
        "accuracy": lambda w: shares(called == positive, everyone, w),
        "sensitivity": lambda w: shares(called & positive, positive, w),
        "specificity": lambda w: shares(~called & ~positive, ~positive, w),
        "brier": lambda w: briers(label, probability, w),
        "calibration_intercept": lambda w: calibration_intercepts(label, probability, w),
        "calibration_slope": lambda w: calibration_slopes(label, probability, w),
    }
    return metrics


def _c_index_of_repeat(scores: ArmScores, repeat: int) -> Metric:
    pairs = comparable_pairs(scores.event == 1, scores.time_days)
    return lambda w: c_indices(pairs, scores.risk[repeat], w)


def evaluate(
    predictions: Predictions,
    *,
    baselines: Sequence[str] = (),
    pairs: Sequence[tuple[str, str]] = (),
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> dict[str, Any]:
    """Return the content of ``metrics.json``.

    Each value is the mean over repeats of the metric of the pooled out-of-fold predictions; its
    interval is the 95% percentile interval over resampled patients, who bring their predictions of
    all repeats along; ``sd_repeats`` is the spread that the split alone makes and says nothing
    about other patients.

    Parameters
    ----------
    baselines
        Arms that every other arm is compared with.
    pairs
        Further comparisons, (arm, reference).
    """
    by_horizon = {
        _horizon_name(days): {
            "counts": _counts(predictions, days),
            "arms": _arms(predictions, days, seed, n_resamples),
            "comparisons": compare(predictions, days, baselines, pairs, seed, n_resamples),
        }
        for days in predictions.horizons_days
    }
    primary = _horizon_name(predictions.horizons_days[0])
    return {"horizon_days": primary, **by_horizon[primary], "horizons": by_horizon}


def _arms(
    predictions: Predictions, horizon_days: float, seed: int, n_resamples: int
) -> dict[str, Any]:
    found = {}
    bootstraps: dict[tuple[str, ...], PatientBootstrap] = {}
    for arm in predictions.arms:
        scores = scores_of(predictions, arm, horizon_days)
        if scores.patients not in bootstraps:
            bootstraps[scores.patients] = PatientBootstrap.of(
                scores.patients, n_resamples=n_resamples, seed=seed
            )
        found[arm] = _arm(scores, bootstraps[scores.patients])
    return found


def _arm(scores: ArmScores, bootstrap: PatientBootstrap) -> dict[str, Any]:
    n_repeats = len(scores.risk)
    per_repeat = [metrics_of_repeat(scores, repeat) for repeat in range(n_repeats)]
    found: dict[str, Any] = {
        name: _summary([metrics[name] for metrics in per_repeat], scores.weight, bootstrap)
        for name in per_repeat[0]
    }
    if not np.isnan(scores.time_days).any():
        c_metrics = [_c_index_of_repeat(scores, repeat) for repeat in range(n_repeats)]
        found["c_index"] = _summary(c_metrics, np.ones_like(scores.weight), bootstrap)
    return found


def _counts(predictions: Predictions, horizon_days: float) -> dict[str, int]:
    scores = scores_of(predictions, predictions.arms[0], horizon_days)
    known = scores.weight > 0
    return {
        "n": len(known),
        "n_known": int(known.sum()),
        "n_events": int(scores.label[known].sum()),
    }


def _summary(
    metrics: Sequence[Metric], weight: Floats, bootstrap: PatientBootstrap
) -> dict[str, float | None]:
    values = np.array([metric(weight[None, :])[0] for metric in metrics])
    resampled = np.mean([bootstrap.values(metric, weight) for metric in metrics], axis=0)
    low, high = percentile_interval(resampled)
    return {
        "value": _plain(values.mean()),
        "ci_low": _plain(low),
        "ci_high": _plain(high),
        "sd_repeats": _plain(values.std(ddof=1)) if len(values) > 1 else None,
    }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _horizon_name(horizon_days: float) -> str:
    return "all" if math.isinf(horizon_days) else f"{horizon_days:g}"
