"""From predictions of several classes to the figures of ``metrics.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import (
    PatientBootstrap,
    aurocs,
    balanced_accuracies,
    bootstrap_p_value,
    class_briers,
    class_log_losses,
    class_shares,
    class_table,
    holm,
    macro_aurocs,
    percentile_interval,
    weighted_aurocs,
)
from tumorcast.validation.class_scores import ClassScores, class_scores_of
from tumorcast.validation.plain import horizon_name, plain_number
from tumorcast.validation.predictions import Predictions
from tumorcast.validation.summary import Metric, summary
from tumorcast.validation.training_spread import UNIT

Floats = NDArray[np.float64]

_BOUNDS = {"brier": (0.0, 2.0), "log_loss": (0.0, math.inf)}


def evaluate_classes(
    predictions: Predictions,
    *,
    baselines: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    seed: int,
    n_resamples: int,
) -> dict[str, Any]:
    """Return the content of ``metrics.json`` for an endpoint of several classes.

    Values, intervals and ``sd_repeats`` are made as in `evaluate`. ``auroc`` is the macro average
    of the areas of each class against the rest, ``auroc_weighted`` counts them by their cases;
    both rank by the class's risk. A case is called the likeliest class. ``brier`` is the squared
    error summed over the classes (0 to 2), ``log_loss`` the negative log-probability of the truth.
    Beside them stand ``levels``, ``by_class`` (arm, class: AUROC against the rest, sensitivity and
    how often a call is right) and ``confusion`` (arm: mean cases over the repeats, rows the truth,
    columns the call, in the order of ``levels``).

    Parameters
    ----------
    predictions, baselines, pairs, seed, n_resamples
        As for `evaluate`.
    """
    scores = {arm: class_scores_of(predictions, arm) for arm in predictions.arms}
    bootstraps = {
        patients: PatientBootstrap.of(patients, n_resamples=n_resamples, seed=seed)
        for patients in {of_arm.patients for of_arm in scores.values()}
    }
    figures = {
        "arms": {arm: _arm(of, bootstraps[of.patients]) for arm, of in scores.items()},
        "comparisons": _compare(scores, baselines, pairs, bootstraps),
        "levels": list(predictions.levels),
        "by_class": {arm: _by_class(of, bootstraps[of.patients]) for arm, of in scores.items()},
        "confusion": {arm: _confusion(of) for arm, of in scores.items()},
    }
    horizon = horizon_name(predictions.horizons_days[0])
    return {"horizon_days": horizon, **figures, "horizons": {horizon: figures}}


def class_metrics(scores: ClassScores, row: int) -> dict[str, Metric]:
    """Return every metric of one repeat as a function of case weights."""
    label, n_classes = scores.label, len(scores.levels)
    risk, probability, called = scores.risk[row], scores.probability[row], scores.called(row)
    everyone = np.ones(len(label), dtype=np.bool_)
    return {
        "auroc": partial(macro_aurocs, label, risk),
        "auroc_weighted": partial(weighted_aurocs, label, risk),
        "accuracy": partial(class_shares, called == label, everyone),
        "balanced_accuracy": partial(balanced_accuracies, label, called, n_classes),
        "brier": partial(class_briers, label, probability),
        "log_loss": partial(class_log_losses, label, probability),
    }


def _arm(scores: ClassScores, bootstrap: PatientBootstrap) -> dict[str, Any]:
    per_repeat = [class_metrics(scores, row) for row in range(len(scores.repeats))]
    return _summaries(per_repeat, bootstrap, {"n": len(scores.cases)}, scores.spread)


def _by_class(scores: ClassScores, bootstrap: PatientBootstrap) -> dict[str, dict[str, Any]]:
    found = {}
    for number, level in enumerate(scores.levels):
        of_class = scores.label == number
        per_repeat = []
        for row in range(len(scores.repeats)):
            called = scores.called(row) == number
            risk = scores.risk[row][:, number]
            per_repeat.append(
                {
                    "auroc": partial(aurocs, of_class.astype(np.int64), risk),
                    "sensitivity": partial(class_shares, called & of_class, of_class),
                    "precision": partial(class_shares, called & of_class, called),
                }
            )
        counts = {"n": len(of_class), "n_events": int(of_class.sum())}
        found[level] = _summaries(per_repeat, bootstrap, counts, scores.spread)
    return found


def _summaries(
    per_repeat: Sequence[Mapping[str, Metric]],
    bootstrap: PatientBootstrap,
    counts: Mapping[str, int],
    spread: float,
) -> dict[str, Any]:
    return {
        name: summary(
            [metrics[name] for metrics in per_repeat],
            bootstrap,
            counts,
            spread,
            _BOUNDS.get(name, UNIT),
        )
        for name in per_repeat[0]
    }


def _confusion(scores: ClassScores) -> list[list[float]]:
    n_classes = len(scores.levels)
    tables = [
        class_table(scores.label, scores.called(row), n_classes)
        for row in range(len(scores.repeats))
    ]
    mean: list[list[float]] = np.mean(tables, axis=0).tolist()
    return mean


def _compare(
    scores: Mapping[str, ClassScores],
    baselines: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    bootstraps: Mapping[tuple[str, ...], PatientBootstrap],
) -> list[dict[str, Any]]:
    """Return the difference in macro AUROC of arms, each with its risks averaged over repeats."""
    wanted = [
        (arm, reference)
        for arm in scores
        if arm not in baselines
        for reference in baselines
        if reference in scores
    ]
    wanted += [pair for pair in pairs if pair not in wanted]
    tests = [_difference(scores[arm], scores[other], bootstraps) for arm, other in wanted]
    p_values = [bootstrap_p_value(resampled) for _, resampled in tests]
    rows = []
    for (arm, reference), (observed, resampled), p_value, p_holm in zip(
        wanted, tests, p_values, holm(p_values), strict=True
    ):
        low, high = percentile_interval(resampled)
        rows.append(
            {
                "arm": arm,
                "reference": reference,
                "metric": "auroc",
                "difference": plain_number(observed),
                "ci_low": plain_number(low),
                "ci_high": plain_number(high),
                "p_value": plain_number(p_value),
                "p_holm": plain_number(p_holm),
                "test": "patient bootstrap",
            }
        )
    return rows


def _difference(
    first: ClassScores, second: ClassScores, bootstraps: Mapping[tuple[str, ...], PatientBootstrap]
) -> tuple[float, Floats]:
    if first.cases != second.cases:
        raise ValueError("arms that are compared must be judged on the same cases")
    common = sorted(set(first.repeats) & set(second.repeats))
    ours, theirs = (
        of.risk[[of.repeats.index(repeat) for repeat in common]].mean(axis=0)
        for of in (first, second)
    )

    def difference(weights: Floats) -> Floats:
        label = first.label
        return macro_aurocs(label, ours, weights) - macro_aurocs(label, theirs, weights)

    observed = float(difference(np.ones((1, len(first.label))))[0])
    return observed, bootstraps[first.patients].values(difference)
