"""AUROC and paired tests of models that are fitted only to doubt others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import PatientBootstrap, aurocs
from tumorcast.validation import ArmScores, Predictions, scores_of
from tumorcast.validation.comparison import compare
from tumorcast.validation.plain import plain_number
from tumorcast.validation.training_spread import spread_interval

N_RESAMPLES = 2000


def auroc_figures(
    predictions: Predictions, *, pairs: Sequence[tuple[str, str]] = (), seed: int
) -> dict[str, Any]:
    """Return the AUROC of every arm with its interval, and tests of the pairs.

    As `tumorcast.validation.evaluate`, at the first horizon, without any other metric.

    Returns
    -------
    ``arms``: by name, ``value``, ``ci_low`` and ``ci_high``; ``comparisons`` as in
    ``metrics.json``.
    """
    days = predictions.horizons_days[0]
    scores = {arm: scores_of(predictions, arm, days) for arm in predictions.arms}
    bootstraps = {
        patients: PatientBootstrap.of(patients, n_resamples=N_RESAMPLES, seed=seed)
        for patients in {of_arm.patients for of_arm in scores.values()}
    }
    return {
        "arms": {
            arm: _figures(of_arm, bootstraps[of_arm.patients]) for arm, of_arm in scores.items()
        },
        "comparisons": compare(scores, (), pairs, bootstraps) if pairs else [],
    }


def mean_auroc(predictions: Predictions, arm: str) -> float:
    """Return the AUROC of an arm at the first horizon, averaged over repeats."""
    scores = scores_of(predictions, arm, predictions.horizons_days[0])
    return float(np.mean([_aurocs(scores, risk, scores.weight[None])[0] for risk in scores.risk]))


def _figures(scores: ArmScores, bootstrap: PatientBootstrap) -> dict[str, float | None]:
    values = [_aurocs(scores, risk, scores.weight[None])[0] for risk in scores.risk]
    resampled = np.mean(
        [bootstrap.values(partial(_aurocs, scores, risk), scores.weight) for risk in scores.risk],
        axis=0,
    )
    low, high = spread_interval(resampled, scores.spread)
    found = {"value": float(np.mean(values)), "ci_low": low, "ci_high": high}
    return {name: plain_number(number) for name, number in found.items()}


def _aurocs(
    scores: ArmScores, risk: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    return aurocs(scores.label, risk, weights)
