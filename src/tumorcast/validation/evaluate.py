"""From predictions to the figures of ``metrics.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tumorcast.metrics import YOUDEN, PatientBootstrap, ThresholdRule
from tumorcast.validation.class_evaluate import evaluate_classes
from tumorcast.validation.comparison import compare
from tumorcast.validation.definitions import definitions
from tumorcast.validation.entries import beside, entries
from tumorcast.validation.measures import measures_of_repeat
from tumorcast.validation.over_time import concordance_entries, integrated_brier_entries
from tumorcast.validation.plain import horizon_name
from tumorcast.validation.predictions import Predictions
from tumorcast.validation.scores import ArmScores, scores_of

Entry = dict[str, Any]
Bootstraps = Mapping[tuple[str, ...], PatientBootstrap]

N_RESAMPLES = 2000


def evaluate(
    predictions: Predictions,
    *,
    baselines: Sequence[str] = (),
    pairs: Sequence[tuple[str, str]] = (),
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
    threshold: ThresholdRule = YOUDEN,
) -> dict[str, Any]:
    """Return the content of ``metrics.json``.

    Each value is the mean over repeats of the metric of the pooled out-of-fold predictions; its
    interval is the 95% percentile interval over resampled patients, who bring their predictions of
    all repeats along, widened for their part in training (`training_spread`); ``sd_repeats`` is
    the spread that the split alone makes and says nothing about other patients. ``n`` cases have a
    known state at the horizon, ``n_events`` of them the event; a case censored before the horizon
    is stood in for by weights. Harrell's C is over the whole follow-up, whatever the horizon; it,
    Uno's C and the integrated Brier score are absent where times are not known. A metric that is
    not defined is null, with the reason.
    ``definitions`` says what each of them is. For several classes see `evaluate_classes`.

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
    threshold
        The rule that chose the thresholds of the predictions.
    """
    if predictions.levels:
        return evaluate_classes(
            predictions, baselines=baselines, pairs=pairs, seed=seed, n_resamples=n_resamples
        )
    scores = {
        days: {arm: scores_of(predictions, arm, days) for arm in predictions.arms}
        for days in predictions.horizons_days
    }
    # Arms of the same patients share the resamples, which makes their comparisons paired.
    bootstraps = {
        patients: PatientBootstrap.of(patients, n_resamples=n_resamples, seed=seed)
        for patients in {arm.patients for at in scores.values() for arm in at.values()}
    }
    over_time = {
        arm: integrated_brier_entries({days: at[arm] for days, at in scores.items()}, bootstraps)
        for arm in predictions.arms
    }
    by_horizon = {
        horizon_name(days): {
            "arms": {
                arm: {**_arm(of_arm, days, bootstraps), **over_time[arm]}
                for arm, of_arm in at.items()
            },
            "comparisons": compare(at, baselines, pairs, bootstraps),
        }
        for days, at in scores.items()
    }
    primary = horizon_name(predictions.horizons_days[0])
    return {
        "horizon_days": primary,
        **by_horizon[primary],
        "horizons": by_horizon,
        "definitions": definitions(threshold),
    }


def _arm(scores: ArmScores, horizon_days: float, bootstraps: Bootstraps) -> dict[str, Entry]:
    bootstrap = bootstraps[scores.patients]
    rows = range(len(scores.repeats))
    found = entries([measures_of_repeat(scores, row) for row in rows], bootstrap, scores.spread)
    for name, more in beside(scores).items():
        found[name].update(more)
    if not scores.is_timed:
        return found
    return {**found, **concordance_entries(scores, horizon_days, bootstrap)}
