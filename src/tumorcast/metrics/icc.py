"""Intraclass correlation: how much of a measurement's spread lies between the cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtri

Design = Literal["ICC(1,1)", "ICC(3,1)"]


@dataclass(frozen=True, eq=False)
class IntraclassCorrelation:
    """Of each feature, shape (features,).

    Parameters
    ----------
    value
        At most 1; NaN where it is not defined.
    ci_low, ci_high
        Confidence interval; exact when the measurements are normal.
    n_cases
        Cases with all their measurements of the feature; the others are left out of it.
    """

    value: NDArray[np.float64]
    ci_low: NDArray[np.float64]
    ci_high: NDArray[np.float64]
    n_cases: NDArray[np.int64]


def intraclass_correlation(
    values: NDArray[np.float64], design: Design, *, confidence: float = 0.95
) -> IntraclassCorrelation:
    """Return the agreement of single measurements (Shrout and Fleiss, Psychol Bull 1979;86:420).

    ``ICC(1,1)``, one-way random: the repeats of each case were drawn anew, so the first repeat of
    one case has nothing to do with the first of another. ``ICC(3,1)``, two-way mixed: repeat j is
    the same perturbation in every case; a shift that it brings to all cases alike is not counted
    against the feature.

    Parameters
    ----------
    values
        Shape (cases, repeats, features). A case with NaN or infinity in a feature is left out of
        that feature.
    design
        Which of the two.
    confidence
        Of the interval.

    Returns
    -------
    NaN where fewer than two cases are left or all measurements are equal.

    Raises
    ------
    ValueError
        When there are fewer than two repeats.
    """
    repeats = values.shape[1]
    if repeats < 2:
        raise ValueError(f"agreement needs two repeats or more, not {repeats}")
    whole: NDArray[np.bool_] = np.all(np.isfinite(values), axis=1)
    n = whole.sum(axis=0)
    between, error, error_df = _mean_squares(values, whole, n, design)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = between / error
        tail = 1 - (1 - confidence) / 2
        low = ratio / fdtri(n - 1, error_df, tail)
        high = ratio * fdtri(error_df, n - 1, tail)
        icc = [np.where(np.isinf(f), 1.0, (f - 1) / (f + repeats - 1)) for f in (ratio, low, high)]
    defined = n >= 2
    value, ci_low, ci_high = (np.where(defined, each, np.nan) for each in icc)
    return IntraclassCorrelation(value, ci_low, ci_high, n)


def _mean_squares(
    values: NDArray[np.float64], whole: NDArray[np.bool_], n: NDArray[np.int64], design: Design
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the mean squares between cases and of the error, and the degrees of the latter."""
    repeats = values.shape[1]
    kept = np.where(whole[:, np.newaxis], values, 0.0)
    count = np.maximum(n, 1)
    centred = np.where(whole[:, np.newaxis], kept - kept.sum(axis=(0, 1)) / (count * repeats), 0.0)
    of_case = centred.mean(axis=1)
    within = ((centred - of_case[:, np.newaxis]) ** 2).sum(axis=(0, 1))
    degrees = n * (repeats - 1)
    if design == "ICC(3,1)":
        of_repeat = centred.sum(axis=0) / count
        residual = centred - of_case[:, np.newaxis] - of_repeat
        within = (np.where(whole[:, np.newaxis], residual, 0.0) ** 2).sum(axis=(0, 1))
        degrees = (n - 1) * (repeats - 1)
    between = repeats * (of_case**2).sum(axis=0)
    return between / np.maximum(n - 1, 1), within / np.maximum(degrees, 1), degrees
