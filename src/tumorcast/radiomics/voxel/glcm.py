"""Co-occurrences within each kernel."""

from __future__ import annotations

import numpy as np
from numba import njit

from tumorcast.radiomics.classes.glcm import NAMES as PAIR_NAMES
from tumorcast.radiomics.classes.glcm import pair_formulas
from tumorcast.radiomics.voxel.kernel import gather

NAMES = (*PAIR_NAMES, "MCC")


@njit(cache=True, nogil=True)
def glcm_of_kernels(  # type: ignore[no-untyped-def]
    flat, present, centres, jumps, ahead, weights, pooled, symmetrical, with_mcc, out
):
    """Fill `out` with the features of each kernel, averaged over the directions that have pairs.

    Parameters
    ----------
    flat, present
        As in `Levels`.
    centres, jumps
        As in `firstorder_of_kernels`.
    ahead
        As in `Kernel`.
    weights
        Of each direction, shape (d,).
    pooled
        Add the weighted directions up to one matrix, in place of averaging features over them.
    symmetrical
        Count each pair in both senses.
    with_mcc
        Compute the maximal correlation coefficient as well.
    out
        Shape (n, features).
    """
    k = jumps.size
    rank = np.empty(k + 1, np.int64)
    distinct = np.empty(k, np.int32)
    level = np.empty(k)
    directions = 1 if pooled else ahead.shape[0]
    pairs = np.zeros((directions, k, k))
    for v in range(centres.size):
        g = gather(flat, present, centres[v] + jumps, rank, distinct, level)
        tables = pairs[:, :g, :g]
        tables[:] = 0.0
        for d in range(ahead.shape[0]):
            _count(rank, ahead[d], weights[d], symmetrical, tables[0 if pooled else d])
        _average(tables, level[:g], present[-1], with_mcc, out[v])


@njit(cache=True, nogil=True)
def _count(rank, ahead, weight, symmetrical, table):  # type: ignore[no-untyped-def]
    for k in range(ahead.size):
        i = rank[k]
        j = rank[ahead[k]]
        if i >= 0 and j >= 0:
            table[i, j] += weight
            if symmetrical:
                table[j, i] += weight


@njit(cache=True, nogil=True)
def _average(tables, level, highest, with_mcc, out):  # type: ignore[no-untyped-def]
    counted = np.zeros(out.size)
    out[:] = 0.0
    for d in range(tables.shape[0]):
        total = tables[d].sum()
        if total == 0:
            continue
        p = tables[d] / total
        first, second = np.nonzero(p)
        share = np.empty(first.size)
        for m in range(first.size):
            share[m] = p[first[m], second[m]]
        found = pair_formulas(first, second, share, level, highest)
        for f in range(len(found)):
            if not np.isnan(found[f]):
                out[f] += found[f]
                counted[f] += 1
        if with_mcc:
            out[-1] += _maximal_correlation(p)
            counted[-1] += 1
    for f in range(out.size):
        out[f] = out[f] / counted[f] if counted[f] > 0 else np.nan


@njit(cache=True, nogil=True)
def _maximal_correlation(p):  # type: ignore[no-untyped-def]
    """Return the second singular value of p(i,j) / sqrt(px(i) py(j)), 0 when there is one level."""
    g = p.shape[0]
    px = p.sum(axis=1)
    py = p.sum(axis=0)
    scaled = np.zeros((g, g))
    for i in range(g):
        for j in range(g):
            if p[i, j] > 0:
                scaled[i, j] = p[i, j] / np.sqrt(px[i] * py[j])
    if g < 2:
        return 0.0
    return np.sqrt(max(np.linalg.eigvalsh(scaled @ scaled.T)[-2], 0.0))
