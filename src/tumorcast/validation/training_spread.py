"""How much further out-of-fold figures scatter than their patients alone would make them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import Interval, percentile_interval

Floats = NDArray[np.float64]

UNIT = (0.0, 1.0)


def training_spread(fold: NDArray[np.int64]) -> float:
    """Return by how much an interval over tested patients must be widened, at least 1.

    The patients of a cohort are both tested and, in the other folds, learned from. Resampling the
    tested ones leaves out that another cohort had taught other models. Estimator: the variance of
    Nadeau and Bengio (Mach Learn 2003;52:239) for the mean of J folds, ``1 / J + test cases /
    training cases`` times that of one fold, where resampling patients counts ``1 / K`` for the K
    folds of a repeat: with five folds once 1.5, with five folds five times 1.2. One fold is one
    model, which was learned from none of its tested patients: 1.

    Parameters
    ----------
    fold
        In which each case was tested; shape (repeats, n).
    """
    n_repeats, n = fold.shape
    tested = np.concatenate([np.unique(row, return_counts=True)[1] for row in fold])
    if len(tested) == n_repeats:
        return 1.0
    share = float(np.mean(tested / (n - tested)))
    return math.sqrt(max(1.0, 1 / n_repeats + len(tested) / n_repeats * share))


def spread_interval(
    resampled: Floats, spread: float, bounds: tuple[float, float] = UNIT
) -> Interval:
    """Return the 95% percentile interval, widened about the median of the resamples.

    Parameters
    ----------
    resampled
        The figure in resamples of patients, shape (b,).
    spread
        From `training_spread`.
    bounds
        Between which the figure always lies.
    """
    ends = percentile_interval(resampled)
    if math.isnan(ends.low):
        return ends
    middle = float(np.nanmedian(resampled))
    low, high = (min(max(middle + spread * (end - middle), bounds[0]), bounds[1]) for end in ends)
    return Interval(low, high)
