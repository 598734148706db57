"""From predictions to the figures of ``metrics.json``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import (
    ComparablePairs,
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
from tumorcast.validation.plain import horizon_name, plain_number
from tumorcast.validation.predictions import Predictions
from tumorcast.validation.scores import ArmScores, scores_of

Floats = NDArray[np.float64]
Metric = Callable[[Floats], Floats]
"""From case weights (b, n) to values (b,)."""

N_RESAMPLES = 2000


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
    about other patients. ``n`` cases have a known state at the horizon, ``n_events`` of them the
    event; a case censored before the horizon is stood in for by weights. The C-index is Harrell's
    over the whole follow-up, whatever the horizon, and absent where times are not known. A metric
    that is not defined is null.

    Parameters
    ----------
    predictions
        Of all arms; their first horizon is the primary one.
    baselines
        Arms that every other arm is compared with.
    pairs
        Further comparisons, (arm, reference).
    seed, n_resamples
        Of the bootstrap.
    """
    by_horizon = {
        horizon_name(days): _at_horizon(predictions, days, baselines, pairs, seed, n_resamples)
        for days in predictions.horizons_days
    }
    primary = horizon_name(predictions.horizons_days[0])
    return {"horizon_days": primary, **by_horizon[primary], "horizons": by_horizon}


def metrics_of_repeat(scores: ArmScores, row: int) -> dict[str, Metric]:
    """Return every metric of one repeat as a function of case weights.

    AUROC and AUPRC rank by risk; the others take the probability and the threshold of each case's
    fold.
    """
    label, risk, probability = scores.label, scores.risk[row], scores.probability[row]
    positive = label == 1
    called = called_positive(probability, scores.threshold[row])
    everyone = np.ones_like(called)
    return {
        "auroc": lambda w: aurocs(label, risk, w),
        "auprc": lambda w: auprcs(label, risk, w),
        "accuracy": lambda w: shares(called == positive, everyone, w),
        "sensitivity": lambda w: shares(called & positive, positive, w),
        "specificity": lambda w: shares(~called & ~positive, ~positive, w),
        "brier": lambda w: briers(label, probability, w),
        "calibration_intercept": lambda w: calibration_intercepts(label, probability, w),
        "calibration_slope": lambda w: calibration_slopes(label, probability, w),
    }


def _at_horizon(
    predictions: Predictions,
    horizon_days: float,
    baselines: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    seed: int,
    n_resamples: int,
) -> dict[str, Any]:
    scores = {arm: scores_of(predictions, arm, horizon_days) for arm in predictions.arms}
    # Arms of the same patients share the resamples, which makes their comparisons paired.
    bootstraps = {
        patients: PatientBootstrap.of(patients, n_resamples=n_resamples, seed=seed)
        for patients in {of_arm.patients for of_arm in scores.values()}
    }
    return {
        "arms": {arm: _arm(scores[arm], bootstraps[scores[arm].patients]) for arm in scores},
        "comparisons": compare(scores, baselines, pairs, bootstraps),
    }


def _arm(scores: ArmScores, bootstrap: PatientBootstrap) -> dict[str, dict[str, float | None]]:
    per_repeat = [metrics_of_repeat(scores, row) for row in range(len(scores.repeats))]
    known = scores.weight > 0
    counts = {"n": int(known.sum()), "n_events": int(scores.label[known].sum())}
    found = {
        name: _summary([metrics[name] for metrics in per_repeat], scores.weight, bootstrap, counts)
        for name in per_repeat[0]
    }
    if not np.isnan(scores.time_days).any():
        pairs = comparable_pairs(scores.event, scores.time_days)
        concordance = [_c_index(pairs, risk) for risk in scores.risk]
        everyone = {"n": len(known), "n_events": len(pairs.first)}
        found["c_index"] = _summary(concordance, np.ones(len(known)), bootstrap, everyone)
    return found


def _c_index(pairs: ComparablePairs, risk: Floats) -> Metric:
    return lambda w: c_indices(pairs, risk, w)


def _summary(
    metrics: Sequence[Metric],
    weight: Floats,
    bootstrap: PatientBootstrap,
    counts: Mapping[str, int],
) -> dict[str, float | None]:
    values = np.array([metric(weight[None, :])[0] for metric in metrics])
    resampled = np.mean([bootstrap.values(metric, weight) for metric in metrics], axis=0)
    low, high = percentile_interval(resampled)
    return {
        "value": plain_number(values.mean()),
        "ci_low": plain_number(low),
        "ci_high": plain_number(high),
        "sd_repeats": plain_number(values.std(ddof=1)) if len(values) > 1 else None,
        **counts,
    }
