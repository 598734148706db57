"""Paired tests between arms that were judged on the same cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tumorcast.metrics import (
    PairedTest,
    PatientBootstrap,
    aurocs,
    bootstrap_p_value,
    delong_test,
    holm,
    percentile_interval,
)
from tumorcast.validation.predictions import Predictions
from tumorcast.validation.scores import ArmScores, scores_of


def compare(
    predictions: Predictions,
    horizon_days: float,
    baselines: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    seed: int,
    n_resamples: int,
) -> list[dict[str, Any]]:
    """Return the difference in AUROC of every arm to every baseline, and of the declared pairs.

    The score of a case is its risk averaged over the repeats that both arms have. DeLong's test
    where every case counts once and is a patient of its own; the patient bootstrap where there are
    censoring weights or several cases a patient. ``p_holm`` holds for all comparisons of the
    horizon together (Holm).
    """
    arms = predictions.arms
    wanted = [
        (arm, reference)
        for arm in arms
        if arm not in baselines
        for reference in baselines
        if reference in arms
    ]
    wanted += [pair for pair in pairs if pair not in wanted]
    scores = {arm: scores_of(predictions, arm, horizon_days) for arm in {*sum(wanted, ())}}
    rows = [
        _row(arm, reference, scores[arm], scores[reference], seed, n_resamples)
        for arm, reference in wanted
    ]
    tested = [row for row in rows if row["p_value"] is not None]
    for row, adjusted in zip(tested, holm([row["p_value"] for row in tested]), strict=True):
        row["p_holm"] = float(adjusted)
    return rows


def _row(
    arm: str,
    reference: str,
    first: ArmScores,
    second: ArmScores,
    seed: int,
    n_resamples: int,
) -> dict[str, Any]:
    n_repeats = min(len(first.risk), len(second.risk))
    ours, theirs = first.risk[:n_repeats].mean(axis=0), second.risk[:n_repeats].mean(axis=0)
    simple = bool(np.all(first.weight == 1)) and len(set(first.patients)) == len(first.patients)
    if simple:
        test = delong_test(first.label, ours, theirs)
    else:
        bootstrap = PatientBootstrap.of(first.patients, n_resamples=n_resamples, seed=seed)
        test = _bootstrap_test(first, ours, theirs, bootstrap)
    return {
        "arm": arm,
        "reference": reference,
        "metric": "auroc",
        "difference": _plain(test.difference),
        "ci_low": _plain(test.ci_low),
        "ci_high": _plain(test.ci_high),
        "p_value": _plain(test.p_value),
        "p_holm": None,
        "test": "delong" if simple else "patient bootstrap",
    }


def _bootstrap_test(
    scores: ArmScores,
    ours: np.ndarray[Any, np.dtype[np.float64]],
    theirs: np.ndarray[Any, np.dtype[np.float64]],
    bootstrap: PatientBootstrap,
) -> PairedTest:
    label, weight = scores.label, scores.weight
    observed = aurocs(label, ours, weight[None]) - aurocs(label, theirs, weight[None])
    resampled = bootstrap.values(
        lambda w: aurocs(label, ours, w) - aurocs(label, theirs, w), weight
    )
    low, high = percentile_interval(resampled)
    return PairedTest(float(observed[0]), low, high, bootstrap_p_value(resampled))


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
