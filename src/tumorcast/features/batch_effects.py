"""Batch effects of many columns, each drawn towards what its batch does to the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_CONVERGED = 1e-10
_MOST_ROUNDS = 1000


@dataclass(frozen=True)
class BatchEffects:
    """What one batch adds to standardised columns, and what it multiplies their variance by.

    Parameters
    ----------
    shift, spread
        Shape (columns,); 0 and 1 where the batch changes nothing.
    """

    shift: Numbers
    spread: Numbers


def batch_effects(standardised: Numbers) -> BatchEffects:
    """Return the parametric empirical Bayes estimates of ComBat for the rows of one batch.

    The prior of the shift is normal and that of the spread inverse gamma, with moments taken over
    the columns; the posterior means are iterated until they stand. A column with fewer known values
    is drawn closer to the prior; one with none becomes the prior's mean. A single column has no
    others to learn from, and keeps its own mean and variance.

    Parameters
    ----------
    standardised
        Rows of the batch, shape (n, columns), in standard deviations from the mean over all
        batches; NaN is missing.

    References
    ----------
    Johnson, Li and Rabinovic, Adjusting batch effects in microarray expression data using empirical
    Bayes methods, Biostatistics 2007;8:118. Fortin et al., Harmonization of cortical thickness
    measurements across scanners and sites, NeuroImage 2018;167:104.
    """
    known = np.isfinite(standardised)
    n = known.sum(axis=0)
    values = np.where(known, standardised, 0.0)
    mean = values.sum(axis=0) / np.maximum(n, 1)
    squares = (np.where(known, standardised - mean, 0.0) ** 2).sum(axis=0)
    variance = squares / np.maximum(n - 1, 1)
    has_mean, has_variance = n > 0, n > 1
    if has_mean.sum() < 2 or has_variance.sum() < 2:
        return _whole(mean, np.where(has_variance, variance, 1.0))
    prior = _Prior.of(mean[has_mean], variance[has_variance])
    return _posterior(prior, n, mean, squares)


@dataclass(frozen=True)
class _Prior:
    """Moments over the columns: of the shift, mean and variance; of the spread likewise."""

    shift: float
    shift_variance: float
    spread: float
    spread_variance: float

    @classmethod
    def of(cls, mean: Numbers, variance: Numbers) -> _Prior:
        return cls(
            float(mean.mean()),
            float(mean.var(ddof=1)),
            float(variance.mean()),
            float(variance.var(ddof=1)),
        )


def _posterior(
    prior: _Prior, n: NDArray[np.int64], mean: Numbers, squares: Numbers
) -> BatchEffects:
    spread = np.full(len(n), prior.spread)
    if prior.spread_variance <= np.finfo(np.float64).tiny:
        return _whole(_shift(prior, n, mean, spread), spread)
    ratio = prior.spread**2 / prior.spread_variance
    shape, scale = 2 + ratio, prior.spread * (1 + ratio)
    for _ in range(_MOST_ROUNDS):
        shift = _shift(prior, n, mean, spread)
        around_shift = squares + n * (mean - shift) ** 2
        found = (around_shift / 2 + scale) / (n / 2 + shape - 1)
        change = np.abs(found - spread) / spread
        spread = found
        if change.max() < _CONVERGED:
            break
    return _whole(_shift(prior, n, mean, spread), spread)


def _shift(prior: _Prior, n: NDArray[np.int64], mean: Numbers, spread: Numbers) -> Numbers:
    own = prior.shift_variance * n
    total = own + spread
    drawn = (own * mean + spread * prior.shift) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, drawn, prior.shift)


def _whole(shift: Numbers, spread: Numbers) -> BatchEffects:
    """Return the effects; a batch in which nothing varies keeps its scale."""
    return BatchEffects(shift, np.where(spread > 0, spread, 1.0))
