"""Grey Level Co-occurrence Matrix (Haralick et al. 1973)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tumorcast.radiomics.classes.directions import mean_over_directions, pair_weights
from tumorcast.radiomics.classes.mcc import maximal_correlation
from tumorcast.radiomics.classes.sizes import EPSILON
from tumorcast.radiomics.texture.sparse import PairCounts

EXACT_LEVELS = 256
"""With more levels than this the sum over all their pairs is done in closed form."""

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
    pairs: Sequence[PairCounts],
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
        Pairs (level of the voxel, level of its neighbour) in each direction.
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
    g = present.size
    matrices = list(pairs)
    if norm is not None:
        matrices = [_weighted(matrices, pair_weights(offsets, spacing_mm, norm), g)]
    if symmetrical:
        matrices = [matrix.symmetrised(g) for matrix in matrices]
    level = present.astype(np.float64)
    occupied = [matrix for matrix in matrices if matrix.count.size]
    each = [_features_of(matrix, level, with_mcc=with_mcc) for matrix in occupied]
    if not each:
        each = [dict.fromkeys((*NAMES, "MCC"), math.nan)]
    return mean_over_directions(each)


def _weighted(matrices: Sequence[PairCounts], weights: NDArray[np.float64], g: int) -> PairCounts:
    count = np.concatenate([m.count * w for m, w in zip(matrices, weights, strict=True)])
    first = np.concatenate([matrix.first for matrix in matrices])
    second = np.concatenate([matrix.second for matrix in matrices])
    return PairCounts.of_pairs(first, second, g, count)


def _features_of(
    matrix: PairCounts, level: NDArray[np.float64], *, with_mcc: bool
) -> dict[str, float]:
    share = matrix.count / matrix.count.sum()
    found = pair_formulas(matrix.first, matrix.second, share, level, int(level[-1]))
    values = dict(zip(NAMES, found, strict=True))
    if with_mcc:
        values["MCC"] = maximal_correlation(matrix, level.size)
    return values


@njit(cache=True, nogil=True)
def pair_formulas(first, second, p, level, highest):  # type: ignore[no-untyped-def]
    """Return what `NAMES` lists of one matrix of shares.

    Parameters
    ----------
    first, second, p
        Ranks of two levels and their share, row by row, shape (m,) each.
    level
        The grey level of each rank, shape (g,).
    highest
        The highest level of the region, by which Idn and Idmn normalise.
    """
    g = level.size
    px = np.zeros(g)
    py = np.zeros(g)
    by_sum = np.zeros(2 * highest + 1)
    by_difference = np.zeros(highest)
    mean_sum = 0.0
    for m in range(p.size):
        i, j = level[first[m]], level[second[m]]
        px[first[m]] += p[m]
        py[second[m]] += p[m]
        by_sum[int(i + j)] += p[m]
        mean_sum += p[m] * (i + j)
        by_difference[int(abs(i - j))] += p[m]
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
    for m in range(p.size):
        q = p[m]
        i, j = level[first[m]], level[second[m]]
        a = i - ux
        b = j - uy
        both = a + b
        autocorrelation += q * i * j
        tendency += q * both**2
        shade += q * both**3
        prominence += q * both**4
        contrast += q * (i - j) ** 2
        covariance += q * a * b
        energy += q * q
        hxy -= q * np.log2(q + EPSILON)
        hxy1 -= q * np.log2(px[first[m]] * py[second[m]] + EPSILON)
    largest = p.max()
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
        mean_sum,
        _entropy(by_sum),
    )


@njit(cache=True, nogil=True)
def _entropy(p):  # type: ignore[no-untyped-def]
    entropy = 0.0
    for share in p:
        if share > 0:
            entropy -= share * np.log2(share + EPSILON)
    return entropy


@njit(cache=True, nogil=True)
def _information(px, py, hxy, hxy1):  # type: ignore[no-untyped-def]
    hx = _entropy(px)
    hy = _entropy(py)
    hxy2 = _entropy_of_independent(px, py, hx, hy)
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
def _entropy_of_independent(px, py, hx, hy):  # type: ignore[no-untyped-def]
    """Return the entropy of px py with PyRadiomics' epsilon in each logarithm."""
    if px.size > EXACT_LEVELS:
        # log2(q + e) is log2(q) + e / (q ln 2), summed over all q = px py.
        levels = np.sum(px > 0) * np.sum(py > 0) - np.sum(px > 0) - np.sum(py > 0)
        return hx + hy - levels * EPSILON / np.log(2.0)
    entropy = 0.0
    for i in range(px.size):
        for j in range(py.size):
            entropy -= px[i] * py[j] * np.log2(px[i] * py[j] + EPSILON)
    return entropy


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
        if p[k] > 0:
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
