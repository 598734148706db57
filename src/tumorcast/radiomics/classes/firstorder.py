"""First-order statistics of the intensities in a region."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tumorcast.radiomics.classes.sizes import EPSILON
from tumorcast.radiomics.texture.levels import GreyLevels

NAMES = (
    "Energy",
    "TotalEnergy",
    "Entropy",
    "Minimum",
    "10Percentile",
    "90Percentile",
    "Maximum",
    "Mean",
    "Median",
    "InterquartileRange",
    "Range",
    "MeanAbsoluteDeviation",
    "RobustMeanAbsoluteDeviation",
    "RootMeanSquared",
    "StandardDeviation",
    "Skewness",
    "Kurtosis",
    "Variance",
    "Uniformity",
)


def firstorder_features(
    values: NDArray[Any], levels: GreyLevels, *, voxel_volume_mm3: float, shift: float
) -> dict[str, float]:
    """Return the first-order features.

    Parameters
    ----------
    values
        Intensities of the region, shape (n,).
    levels
        The same intensities discretised, for Entropy and Uniformity.
    voxel_volume_mm3
        Volume of a voxel, for TotalEnergy.
    shift
        Added to the intensities in Energy, TotalEnergy and RootMeanSquared.
    """
    ascending = np.sort(values).astype(np.float64)
    share = np.bincount(levels.rank) / levels.rank.size
    found = sorted_statistics(ascending, share, float(shift), voxel_volume_mm3)
    return dict(zip(NAMES, found, strict=True))


@njit(cache=True, nogil=True)
def _quantile(ascending, q):  # type: ignore[no-untyped-def]
    at = q * (ascending.size - 1)
    below = int(at)
    above = min(below + 1, ascending.size - 1)
    return ascending[below] + (ascending[above] - ascending[below]) * (at - below)


@njit(cache=True, nogil=True)
def sorted_statistics(x, share, shift, volume):  # type: ignore[no-untyped-def]
    """Return what `NAMES` lists of sorted intensities and the shares of their levels."""
    n = x.size
    mean = x.mean()
    p10 = _quantile(x, 0.10)
    p90 = _quantile(x, 0.90)
    energy = 0.0
    m1 = 0.0
    m2 = 0.0
    m3 = 0.0
    m4 = 0.0
    inner_sum = 0.0
    n_inner = 0
    for v in range(n):
        energy += (x[v] + shift) ** 2
        difference = x[v] - mean
        square = difference * difference
        m1 += abs(difference)
        m2 += square
        m3 += square * difference
        m4 += square * square
        if p10 <= x[v] <= p90:
            inner_sum += x[v]
            n_inner += 1
    m2 /= n
    m3 /= n
    m4 /= n
    inner_mean = inner_sum / n_inner
    robust = 0.0
    for v in range(n):
        if p10 <= x[v] <= p90:
            robust += abs(x[v] - inner_mean)
    entropy = 0.0
    for p in share:
        if p > 0:
            entropy -= p * np.log2(p + EPSILON)
    skewness = m3 / m2**1.5 if m2 > 0 else 0.0
    kurtosis = m4 / m2**2 if m2 > 0 else 0.0
    return (
        energy,
        energy * volume,
        entropy,
        x[0],
        p10,
        p90,
        x[-1],
        mean,
        _quantile(x, 0.5),
        _quantile(x, 0.75) - _quantile(x, 0.25),
        x[-1] - x[0],
        m1 / n,
        robust / n_inner,
        np.sqrt(energy / n),
        np.sqrt(m2),
        skewness,
        kurtosis,
        m2,
        np.sum(share**2),
    )
