"""How groups of patients differ in one variable: a test, and a difference without a sample size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, fisher_exact, kruskal

_FEWEST_EXPECTED = 5


def p_of_numbers(groups: Sequence[pd.Series[Any]]) -> float:
    """Return the p value of the Kruskal-Wallis test; NaN where it is not defined.

    With two groups it is the Mann-Whitney test with the normal approximation.
    """
    known = [values for group in groups if len(values := group.dropna().to_numpy(np.float64))]
    if len(known) < 2 or len(np.unique(np.concatenate(known))) < 2:
        return math.nan
    return float(kruskal(*known).pvalue)


def p_of_levels(groups: Sequence[pd.Series[Any]]) -> float:
    """Return the p value of the chi-square test; NaN where it is not defined.

    Fisher's exact test where the table is two by two and an expected count is below 5. Yates's
    correction is not applied.
    """
    counts = counts_of(groups)
    counts = counts[counts.sum(axis=1) > 0]
    counts = counts[:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return math.nan
    found = chi2_contingency(counts, correction=False)
    if counts.shape == (2, 2) and found.expected_freq.min() < _FEWEST_EXPECTED:
        return float(fisher_exact(counts).pvalue)
    return float(found.pvalue)


def smd_of_numbers(one: pd.Series[Any], other: pd.Series[Any]) -> float:
    """Return the difference of the means over the root of the mean variance, without sign."""
    a, b = one.dropna().to_numpy(np.float64), other.dropna().to_numpy(np.float64)
    if min(len(a), len(b)) < 2:
        return math.nan
    spread = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    return abs(float(a.mean() - b.mean())) / spread if spread else math.nan


def smd_of_levels(one: pd.Series[Any], other: pd.Series[Any]) -> float:
    """Return the standardised difference of shares, all levels together.

    The Mahalanobis distance between the shares of all levels but one (Yang and Dalton, SAS Global
    Forum 2012, paper 335); with two levels the usual difference of two proportions.
    """
    counts = counts_of([one, other])
    if counts.shape[1] < 2 or not counts.sum(axis=1).all():
        return math.nan
    shares = (counts / counts.sum(axis=1, keepdims=True))[:, 1:]
    covariance = sum(np.diag(share) - np.outer(share, share) for share in shares) / 2
    gap = shares[0] - shares[1]
    squared = float(gap @ np.linalg.pinv(covariance) @ gap)
    return math.sqrt(squared) if squared >= 0 else math.nan


def counts_of(groups: Sequence[pd.Series[Any]]) -> NDArray[np.int64]:
    """Return how many of each group (rows) have each level (columns), missing values left out."""
    levels = pd.unique(pd.concat([group.dropna() for group in groups]))
    counts = [[int((group == level).sum()) for level in levels] for group in groups]
    return np.array(counts, dtype=np.int64).reshape(len(groups), len(levels))
