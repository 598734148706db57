"""Concordance of a risk with the order of events: Harrell's and Uno's C."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tumorcast.metrics.arrays import Floats, defined, finite_values, ratio
from tumorcast.metrics.censoring import CensoringDistribution


@dataclass(frozen=True)
class ComparablePairs:
    """Which pairs of cases say something about a risk, and how much.

    Parameters
    ----------
    first
        Cases that had the event; positions, shape (e,).
    counted
        How much it counts that the event of case ``first[k]`` comes before any of case ``j``; 0
        where that is not known; shape (e, n).
    """

    first: NDArray[np.int64]
    counted: Floats


def comparable_pairs(event: ArrayLike, time_days: ArrayLike) -> ComparablePairs:
    """Return the pairs in which one case is known to have had the event earlier; each counts 1.

    Tie rule: with an event on the day on which another is censored the event came first; two
    events on one day are not comparable. A case with a competing event never has the event of
    interest and so stands behind every event, whenever it happened (Wolbers et al., Epidemiology
    2009;20:555).

    Parameters
    ----------
    event
        0 censored, 1 the event, 2 and above competing; shape (n,).
    time_days
        Days to the event or to the end of follow-up; shape (n,).
    """
    kind = np.asarray(event)
    days = finite_values("time_days", time_days, len(kind))
    free_until = np.where(kind >= 2, np.inf, days)
    first = np.flatnonzero(kind == 1)
    later = free_until[None, :] > days[first, None]
    same_day_but_censored = (days[None, :] == days[first, None]) & (kind == 0)[None, :]
    return ComparablePairs(first, (later | same_day_but_censored).astype(np.float64))


def uno_pairs(
    event: ArrayLike,
    time_days: ArrayLike,
    *,
    censoring: CensoringDistribution,
    horizon_days: float,
) -> ComparablePairs:
    """Return the pairs of `comparable_pairs` whose event comes before the horizon, weighted.

    A pair counts 1 / G(t-) squared, with G the distribution of the censoring times and t the
    event's day: both cases had to be followed to it. Where the other had a competing event earlier,
    on day s, it had to be followed to s only: the pair counts 1 / (G(t-) G(s-)) (Wolbers et al.,
    Biostatistics 2014;15:526).

    Not accepted: an event before the horizon where G is 0.

    Parameters
    ----------
    event, time_days
        As for `comparable_pairs`; shape (n,).
    censoring
        Of the cases that the model learned from, or of these.
    horizon_days
        Days; infinite takes every pair.
    """
    pairs = comparable_pairs(event, time_days)
    days = np.asarray(time_days, dtype=np.float64)
    left_limit = np.ones(len(days), dtype=np.bool_)
    followed = censoring.uncensored_probability(days, before=left_limit)
    before = days[pairs.first] < horizon_days
    first, counted = pairs.first[before], pairs.counted[before]
    if np.any(followed[first] <= 0):
        raise ValueError("an event lies beyond the follow-up of the censoring distribution")
    # G never rises: whoever was followed beyond t counts as followed to t.
    to_both = np.maximum(followed[None, :], followed[first, None])
    return ComparablePairs(first, counted / (followed[first, None] * to_both))


def c_index(event: ArrayLike, time_days: ArrayLike, risk: ArrayLike) -> float:
    """Return Harrell's C: the share of comparable pairs in which the earlier event has more risk.

    Estimator: Harrell et al. (Stat Med 1996;15:361) over the whole follow-up, without a horizon.
    It depends on the censoring where hazards cross; `uno_c_index` does not. Tie rule: equal risks
    count one half; times as in `comparable_pairs`. Direction: higher risk = earlier event, never
    turned round.

    Not accepted: NaN, a time instead of a risk, no comparable pair.

    Parameters
    ----------
    event, time_days
        As for `comparable_pairs`; shape (n,).
    risk
        Shape (n,).
    """
    everybody = np.ones((1, len(np.asarray(event))))
    pairs = comparable_pairs(event, time_days)
    return defined(c_indices(pairs, risk, everybody), "no pair of cases is comparable")


def c_indices(pairs: ComparablePairs, risk: ArrayLike, weights: Floats) -> Floats:
    """Return C for many sets of case weights, such as the counts of bootstrap resamples.

    Parameters
    ----------
    pairs
        From `comparable_pairs`, or `uno_pairs`, of the n cases.
    risk
        Shape (n,).
    weights
        Shape (b, n); a pair counts the product of its cases' weights.

    Returns
    -------
    Shape (b,); NaN where no comparable pair has a weight.
    """
    values = finite_values("risk", risk, pairs.counted.shape[1])
    above = values[pairs.first, None] > values[None, :]
    equal = values[pairs.first, None] == values[None, :]
    credit = pairs.counted * (above + 0.5 * equal)
    of_first = weights[:, pairs.first]
    concordant = np.sum(of_first * (weights @ credit.T), axis=1)
    compared = np.sum(of_first * (weights @ pairs.counted.T), axis=1)
    return ratio(concordant, compared)


def uno_c_index(
    event: ArrayLike,
    time_days: ArrayLike,
    risk: ArrayLike,
    *,
    censoring: CensoringDistribution,
    horizon_days: float,
) -> float:
    """Return Uno's C up to a horizon: Harrell's, with each pair weighted for the censoring.

    Estimator: Uno et al. (Stat Med 2011;30:1105), with the weights of `uno_pairs`; pairs whose
    event comes at or after the horizon do not count. Tie rules and direction: as for `c_index`.

    Not accepted: NaN, no comparable pair before the horizon, an event where G is 0.

    Parameters
    ----------
    event, time_days, risk
        As for `c_index`; shape (n,).
    censoring, horizon_days
        As for `uno_pairs`.
    """
    pairs = uno_pairs(event, time_days, censoring=censoring, horizon_days=horizon_days)
    everybody = np.ones((1, pairs.counted.shape[1]))
    reason = "no pair of cases is comparable before the horizon"
    return defined(c_indices(pairs, risk, everybody), reason)
