"""Grey Level Co-occurrence Matrix (Haralick et al. 1973)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tumorcast.radiomics.classes.directions import mean_over_directions, pair_weights
from tumorcast.radiomics.classes.sizes import EPSILON

NAMES = (
    "Autocorrelation",
    "JointAverage",
    "ClusterProminence",
    "ClusterShade",
    "ClusterTendency",
    "Contrast",
    "Correlation",
    "JointEnergy",
    "JointEntropy",
    "Imc1",
    "Imc2",
    "MaximumProbability",
    "SumSquares",
    "DifferenceAverage",
    "DifferenceEntropy",
    "DifferenceVariance",
    "Id",
    "Idn",
    "Idm",
    "Idmn",
    "InverseVariance",
    "SumAverage",
    "SumEntropy",
)


def glcm_features(
    pairs: NDArray[np.int32],
    present: NDArray[np.int32],
    offsets: NDArray[np.int64],
    spacing_mm: tuple[float, float, float],
    *,
    symmetrical: bool,
    norm: str | None,
    with_mcc: bool,
) -> dict[str, float]:
    """Return the features of co-occurring levels, averaged over directions.

    Parameters
    ----------
    pairs
        Pairs (level of the voxel, level of its neighbour), shape (d, g, g).
    present
        The grey level of each rank, shape (g,).
    offsets
        Step of each direction along (z, y, x), shape (d, 3).
    spacing_mm
        Along (z, y, x).
    symmetrical
        Count each pair in both senses.
    norm
        Weight the matrices by the step in this norm and add them; ``None`` averages the features
        of the separate matrices.
    with_mcc
        Compute the maximal correlation coefficient as well, which needs eigenvalues.
    """
    counts = pairs.astype(np.float64)
    if symmetrical:
        counts += counts.transpose(0, 2, 1).copy()
    if norm is not None:
        weights = pair_weights(offsets, spacing_mm, norm)
        counts = np.tensordot(weights, counts, axes=1)[None]
    level = present.astype(np.float64)
    occupied = [matrix for matrix in counts if matrix.any()]
    each = [_features_of(matrix, level, with_mcc=with_mcc) for matrix in occupied]
    if not each:
        each = [dict.fromkeys((*NAMES, "MCC"), math.nan)]
    return mean_over_directions(each)


def _features_of(
    counts: NDArray[np.float64], level: NDArray[np.float64], *, with_mcc: bool
) -> dict[str, float]:
    p = counts / counts.sum()
    values = dict(zip(NAMES, _formulas(p, level), strict=True))
    if with_mcc:
        values["MCC"] = _maximal_correlation(p)
    return values


@njit(cache=True, nogil=True)
def _formulas(p, level):  # type: ignore[no-untyped-def]
    g = level.size
    highest = int(level[-1])
    px = np.zeros(g)
    py = np.zeros(g)
    by_sum = np.zeros(2 * highest + 1)
    by_difference = np.zeros(highest)
    for i in range(g):
        for j in range(g):
            if p[i, j] > 0:
                px[i] += p[i, j]
                py[j] += p[i, j]
                by_sum[int(level[i] + level[j])] += p[i, j]
                by_difference[int(abs(level[i] - level[j]))] += p[i, j]
    ux = np.sum(px * level)
    uy = np.sum(py * level)
    variance_x = np.sum(px * (level - ux) ** 2)
    variance_y = np.sum(py * (level - uy) ** 2)
    autocorrelation = 0.0
    prominence = 0.0
    shade = 0.0
    tendency = 0.0
    contrast = 0.0
    covariance = 0.0
    energy = 0.0
    hxy = 0.0
    hxy1 = 0.0
    largest = 0.0
    for i in range(g):
        for j in range(g):
            q = p[i, j]
            if q == 0:
                continue
            a = level[i] - ux
            b = level[j] - uy
            both = a + b
            autocorrelation += q * level[i] * level[j]
            tendency += q * both**2
            shade += q * both**3
            prominence += q * both**4
            contrast += q * (level[i] - level[j]) ** 2
            covariance += q * a * b
            energy += q * q
            hxy -= q * np.log2(q + EPSILON)
            hxy1 -= q * np.log2(px[i] * py[j] + EPSILON)
            largest = max(largest, q)
    deviation = np.sqrt(variance_x) * np.sqrt(variance_y)
    correlation = covariance / (deviation + EPSILON) if deviation > 0 else 1.0
    imc1, imc2 = _information(px, py, hxy, hxy1)
    return (
        autocorrelation,
        ux,
        prominence,
        shade,
        tendency,
        contrast,
        correlation,
        energy,
        hxy,
        imc1,
        imc2,
        largest,
        variance_x,
        *_of_differences(by_difference),
        np.sum(by_sum * np.arange(by_sum.size)),
        -np.sum(by_sum * np.log2(by_sum + EPSILON)),
    )


@njit(cache=True, nogil=True)
def _information(px, py, hxy, hxy1):  # type: ignore[no-untyped-def]
    hx = -np.sum(px * np.log2(px + EPSILON))
    hy = -np.sum(py * np.log2(py + EPSILON))
    hxy2 = 0.0
    for i in range(px.size):
        for j in range(py.size):
            hxy2 -= px[i] * py[j] * np.log2(px[i] * py[j] + EPSILON)
    larger = max(hx, hy)
    imc1 = (hxy - hxy1) / larger if larger != 0 else 0.0
    if hxy2 == hxy:
        imc2 = 0.0
    elif hxy2 < hxy:
        imc2 = np.nan
    else:
        imc2 = np.sqrt(1 - np.exp(-2 * (hxy2 - hxy)))
    return imc1, imc2


@njit(cache=True, nogil=True)
def _of_differences(p):  # type: ignore[no-untyped-def]
    highest = p.size
    mean = 0.0
    entropy = 0.0
    inverse = 0.0
    inverse_normalized = 0.0
    moment = 0.0
    moment_normalized = 0.0
    inverse_variance = 0.0
    for k in range(highest):
        if p[k] == 0:
            continue
        mean += k * p[k]
        entropy -= p[k] * np.log2(p[k] + EPSILON)
        inverse += p[k] / (1 + k)
        inverse_normalized += p[k] / (1 + k / highest)
        moment += p[k] / (1 + k**2)
        moment_normalized += p[k] / (1 + k**2 / highest**2)
        if k > 0:
            inverse_variance += p[k] / k**2
    variance = 0.0
    for k in range(highest):
        variance += p[k] * (k - mean) ** 2
    return (
        mean,
        entropy,
        variance,
        inverse,
        inverse_normalized,
        moment,
        moment_normalized,
        inverse_variance,
    )


def _maximal_correlation(p: NDArray[np.float64]) -> float:
    """Return the second eigenvalue's root of Q = sum_k p(i,k) p(j,k) / (px(i) py(k))."""
    if len(p) < 2:
        return 1.0
    px, py = p.sum(axis=1), p.sum(axis=0)
    q = (p / (np.outer(px, py) + EPSILON)) @ p.T
    eigenvalues = np.sort(np.linalg.eigvals(q))
    return float(np.sqrt(eigenvalues[-2]).real)
