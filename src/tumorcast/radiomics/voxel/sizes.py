"""Runs, zones and dependences within each kernel: elements counted by level and size."""

from __future__ import annotations

import numpy as np
from numba import njit

from tumorcast.radiomics.classes.sizes import matrix_formulas
from tumorcast.radiomics.texture.matrices import join_zones
from tumorcast.radiomics.voxel.kernel import gather


@njit(cache=True, nogil=True)
def glrlm_of_kernels(flat, present, centres, jumps, ahead, weights, pooled, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the features of runs, averaged over the directions that have any.

    Parameters are those of `glcm_of_kernels`; `ahead` names neighbours at distance 1.
    """
    k = jumps.size
    rank = np.empty(k + 1, np.int64)
    distinct = np.empty(k, np.int32)
    level = np.empty(k)
    directions = 1 if pooled else ahead.shape[0]
    longest = 2
    while (longest - 1) ** 2 < k:
        longest += 1
    runs = np.zeros((directions, k, longest + 1))
    for v in range(centres.size):
        g = gather(flat, present, centres[v] + jumps, rank, distinct, level)
        tables = runs[:, :g]
        tables[:] = 0.0
        for d in range(ahead.shape[0]):
            _count_runs(rank, ahead[d], weights[d], tables[0 if pooled else d])
        _average(tables, level[:g], out[v])


@njit(cache=True, nogil=True)
def _count_runs(rank, ahead, weight, table):  # type: ignore[no-untyped-def]
    n = ahead.size
    length = np.zeros(n + 1, np.int64)
    begins = np.ones(n + 1, np.bool_)
    met = np.zeros(n + 1, np.int64)
    most = 0
    for back in range(n):
        k = n - 1 - back
        w = ahead[k]
        met[k] = met[w]
        if rank[k] < 0:
            continue
        met[k] += 1
        most = max(most, met[k])
        length[k] = 1
        if rank[k] == rank[w]:
            length[k] += length[w]
            begins[w] = False
    # PyRadiomics leaves out a direction in which no line meets two voxels.
    if most > 1:
        for k in range(n):
            if rank[k] >= 0 and begins[k]:
                table[rank[k], length[k]] += weight


@njit(cache=True, nogil=True)
def _average(tables, level, out):  # type: ignore[no-untyped-def]
    counted = 0
    out[:] = 0.0
    for d in range(tables.shape[0]):
        rank, size, count = _entries(tables[d])
        found = matrix_formulas(rank, size, count, level)
        if not np.isnan(found[0]):
            out += found
            counted += 1
    out /= counted if counted > 0 else np.nan


@njit(cache=True, nogil=True)
def _entries(table):  # type: ignore[no-untyped-def]
    """Return level, size and number where the number is not zero."""
    rank, size = np.nonzero(table)
    count = np.empty(rank.size)
    for m in range(rank.size):
        count[m] = table[rank[m], size[m]]
    return rank, size, count


@njit(cache=True, nogil=True)
def glszm_of_kernels(flat, present, centres, jumps, ahead, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the features of zones; parameters as for `glrlm_of_kernels`."""
    k = jumps.size
    rank = np.empty(k + 1, np.int64)
    distinct = np.empty(k, np.int32)
    level = np.empty(k)
    zones = np.zeros((k, k + 1))
    for v in range(centres.size):
        g = gather(flat, present, centres[v] + jumps, rank, distinct, level)
        table = zones[:g]
        table[:] = 0.0
        _count_zones(rank, ahead, table)
        levels, sizes, counts = _entries(table)
        out[v] = matrix_formulas(levels, sizes, counts, level[:g])


@njit(cache=True, nogil=True)
def _count_zones(rank, ahead, table):  # type: ignore[no-untyped-def]
    n = ahead.shape[1]
    parent = np.arange(n).astype(np.uint32)
    for k in range(n):
        for d in range(ahead.shape[0]):
            if rank[k] >= 0 and rank[k] == rank[ahead[d, k]]:
                join_zones(parent, np.uint32(k), ahead[d, k])
    size = np.zeros(n, np.int64)
    for k in range(n):
        parent[k] = parent[parent[k]]
        size[parent[k]] += 1
    for k in range(n):
        if rank[k] >= 0 and parent[k] == k:
            table[rank[k], size[k]] += 1


@njit(cache=True, nogil=True)
def gldm_of_kernels(flat, present, centres, jumps, ahead, alpha, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the features of dependences; `alpha` as in ``gldm_a``."""
    k = jumps.size
    rank = np.empty(k + 1, np.int64)
    distinct = np.empty(k, np.int32)
    level = np.empty(k)
    dependences = np.zeros((k, 2 * ahead.shape[0] + 2))
    size = np.empty(k, np.int64)
    for v in range(centres.size):
        g = gather(flat, present, centres[v] + jumps, rank, distinct, level)
        size[:] = 1
        for d in range(ahead.shape[0]):
            for a in range(k):
                b = ahead[d, a]
                if rank[a] < 0 or rank[b] < 0:
                    continue
                if abs(level[rank[a]] - level[rank[b]]) <= alpha:
                    size[a] += 1
                    size[b] += 1
        table = dependences[:g]
        table[:] = 0.0
        for a in range(k):
            if rank[a] >= 0:
                table[rank[a], size[a]] += 1
        levels, sizes, counts = _entries(table)
        out[v] = matrix_formulas(levels, sizes, counts, level[:g])
