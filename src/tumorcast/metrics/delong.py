"""Variance, interval and paired test of the AUROC after DeLong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from tumorcast.metrics.arrays import Floats, binary_label, finite_values
from tumorcast.metrics.bootstrap import Interval


@dataclass(frozen=True)
class PairedTest:
    """Difference of two AUROCs on the same cases, first minus second.

    Parameters
    ----------
    difference
        In AUROC.
    ci_low, ci_high
        Its confidence interval; NaN where there is none.
    p_value
        Two-sided, of "no difference"; NaN where no test is possible.
    """

    difference: float
    ci_low: float
    ci_high: float
    p_value: float


def delong_covariance(label: ArrayLike, scores: Floats) -> tuple[Floats, Floats]:
    """Return the AUROCs of several scores on the same cases and their covariance.

    Estimator: structural components (DeLong et al., Biometrics 1988;44:837) from midranks (Sun &
    Xu, IEEE Signal Process Lett 2014;21:1389). Tie rule: equal scores count one half.

    Not accepted: NaN; fewer than two cases of a class; weights. The components are those of
    unweighted, independent cases: with inverse-probability-of-censoring weights, or with several
    cases a patient, use `PatientBootstrap` on `aurocs`.

    Parameters
    ----------
    label
        1 with the event, 0 without; shape (n,).
    scores
        Shape (k, n).

    Returns
    -------
    AUROCs, shape (k,), and covariance, shape (k, k).
    """
    positive = binary_label(label)
    n_with, n_without = int(positive.sum()), int((~positive).sum())
    if min(n_with, n_without) < 2:
        raise ValueError("DeLong's variance needs two cases or more of each class")
    rows = [finite_values("score", score, len(positive)) for score in scores]
    parts = [_components(positive, row) for row in rows]
    of_events = np.stack([with_event for with_event, _ in parts])
    of_others = np.stack([without for _, without in parts])
    covariance = np.cov(of_events) / n_with + np.cov(of_others) / n_without
    return of_events.mean(axis=1), np.atleast_2d(covariance)


def delong_ci(label: ArrayLike, score: ArrayLike, level: float = 0.95) -> Interval:
    """Return DeLong's confidence interval of an AUROC.

    Estimator: normal, on the scale of the area, cut at 0 and 1. What is not accepted: as for
    `delong_covariance`.

    Parameters
    ----------
    label, score
        As for `auroc`; shape (n,).
    level
        Coverage.
    """
    area, covariance = delong_covariance(label, np.asarray(score, dtype=np.float64)[None])
    half = float(ndtri(0.5 + level / 2)) * float(np.sqrt(covariance[0, 0]))
    return Interval(max(0.0, float(area[0]) - half), min(1.0, float(area[0]) + half))


def delong_test(
    label: ArrayLike, score: ArrayLike, reference: ArrayLike, level: float = 0.95
) -> PairedTest:
    """Test whether two scores of the same cases have the same AUROC.

    What is not accepted: as for `delong_covariance`. Scores of the same order have no variance of
    the difference: p is 1.

    Parameters
    ----------
    label
        1 with the event, 0 without; shape (n,).
    score, reference
        Shape (n,) each; the difference is `score` minus `reference`.
    level
        Coverage of the interval.
    """
    both = np.stack([np.asarray(score, np.float64), np.asarray(reference, np.float64)])
    area, covariance = delong_covariance(label, both)
    difference = float(area[0] - area[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    error = float(np.sqrt(max(variance, 0.0)))
    half = float(ndtri(0.5 + level / 2)) * error
    return PairedTest(difference, difference - half, difference + half, _p_value(difference, error))


def _p_value(difference: float, error: float) -> float:
    if error > 1e-12:
        return float(2 * ndtr(-abs(difference) / error))
    return 1.0 if abs(difference) <= 1e-12 else float(np.nan)


def _components(positive: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """Return each event's share of others below it, and each other's share of events above it."""
    with_event, without = score[positive], score[~positive]
    rank = _midranks(score)
    below = (rank[positive] - _midranks(with_event)) / len(without)
    above = 1.0 - (rank[~positive] - _midranks(without)) / len(with_event)
    return below, above


def _midranks(values: Floats) -> Floats:
    """Return ranks from 1, equal values sharing the mean of theirs."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    mean_rank: Floats = np.cumsum(count) - (count - 1) / 2
    return mean_rank[group]
