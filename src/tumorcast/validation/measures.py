"""What is measured of the predictions of one repeat, as functions of case weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import (
    RATES,
    SmoothCalibration,
    auprcs,
    aurocs,
    briers,
    calibration_intercepts,
    calibration_slopes,
    called_positive,
    confusion,
    net_benefit_of,
    observed_expected_ratios,
    scaled_briers,
)
from tumorcast.validation.scores import ArmScores

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measures:
    """Metrics that are computed together.

    Parameters
    ----------
    names
        Of the metrics, k of them.
    values
        From weights (b, n) to values (b, k), NaN where a metric is not defined.
    weight
        How much each case counts beside being drawn in a resample; shape (n,).
    n, n_events
        Cases that count, and those of them with the event.
    """

    names: tuple[str, ...]
    values: Callable[[Floats], Floats]
    weight: Floats
    n: int
    n_events: int


def measures_of_repeat(scores: ArmScores, row: int) -> list[Measures]:
    """Return the metrics of the state at the horizon.

    AUROC and AUPRC rank by risk; the others take the probability and the threshold of each case's
    fold.
    """
    label, risk, probability = scores.label, scores.risk[row], scores.probability[row]
    known = scores.weight > 0
    smooth = SmoothCalibration.of(label, probability, scores.weight)
    each: dict[str, Callable[[Floats], Floats]] = {
        "auroc": lambda w: aurocs(label, risk, w),
        "auprc": lambda w: auprcs(label, risk, w),
        "brier": lambda w: briers(label, probability, w),
        "scaled_brier": lambda w: scaled_briers(label, probability, w),
        "calibration_intercept": lambda w: calibration_intercepts(label, probability, w),
        "calibration_slope": lambda w: calibration_slopes(label, probability, w),
        "ici": smooth.mean_distances,
    }
    found = {"n": int(known.sum()), "n_events": int(label[known].sum())}
    measures = [
        Measures((name,), _column(values), scores.weight, **found) for name, values in each.items()
    ]
    at_threshold = Measures(
        (*RATES, "net_benefit"), _calls(scores, row), weight=scores.weight, **found
    )
    expected = Measures(
        ("observed_expected",),
        _column(lambda w: observed_expected_ratios(label, probability, scores.weight, w)),
        np.ones(len(known)),
        **found,
    )
    return [*measures[:2], at_threshold, *measures[2:], expected]


def _calls(scores: ArmScores, row: int) -> Callable[[Floats], Floats]:
    threshold = scores.threshold[row]
    called = called_positive(scores.probability[row], threshold)

    def values(weights: Floats) -> Floats:
        table = confusion(scores.label, called, weights)
        rates = [rate.of(table) for rate in RATES.values()]
        benefit = net_benefit_of(scores.label, called, threshold, weights)
        return np.column_stack([*rates, benefit])

    return values


def _column(values: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    return lambda weights: values(weights)[:, None]
