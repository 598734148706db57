"""Counting: all five texture matrices of a region in one pass over its neighbours.

The kernels know nothing of features. Levels are ranks (0, 1, ...) among the levels that occur, so
the size of a matrix depends on how many levels occur and not on how far apart they lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tumorcast.radiomics.texture.levels import GreyLevels
from tumorcast.radiomics.texture.neighbours import Neighbours
from tumorcast.radiomics.texture.sparse import (
    PairCounts,
    SizeCounts,
    counts_by_level,
    dense_counts,
    size_counts,
    stable_order,
)

DENSE_LEVELS = 256
"""With more levels than this a matrix of all their pairs would mostly hold zeros: it is sorted."""

_SHIFT = 16
"""Neighbours are counted in the lower bits and their levels summed in the bits above."""


@dataclass(frozen=True)
class NeighbourCounts:
    """What one pass over the pairs of neighbours yields.

    Parameters
    ----------
    pairs
        Pairs (level of the voxel, level of its neighbour), one matrix a direction.
    runs
        Runs of each level and length, one matrix a direction; empty when not asked for. Runs are
        counted at distance 1 only.
    dependence
        Neighbours of each voxel whose level differs by at most alpha, shape (n,).
    level_sum
        Sum of the levels of the neighbours of each voxel, shape (n,).
    """

    pairs: tuple[PairCounts, ...]
    runs: tuple[SizeCounts, ...]
    dependence: NDArray[np.int32]
    level_sum: NDArray[np.int64]


def count_neighbours(
    levels: GreyLevels, neighbours: Neighbours, *, longest_run: int, alpha: float = 0
) -> NeighbourCounts:
    """Count pairs, runs, dependences and neighbourhood sums.

    Parameters
    ----------
    levels
        Grey levels of the region, in the order of its voxels.
    neighbours
        Neighbours of the region.
    longest_run
        Largest extent of the region in voxels; 0 counts no runs.
    alpha
        Largest difference of level between dependent voxels.
    """
    n, g = levels.rank.size, levels.present.size
    # One more voxel and one more level stand for "outside": no test for it in the inner loop.
    at = np.full(n + 1, g, np.uint32)
    at[:n] = levels.rank
    level = np.zeros(n + 1, np.int64)
    level[:n] = levels.present[levels.rank]
    around = np.zeros(n + 1, np.int64)
    weight = level << _SHIFT
    if g <= DENSE_LEVELS:
        each = [_dense(at, weight, ahead, longest_run, around) for ahead in neighbours.index]
    else:
        order = stable_order(levels.rank, np.arange(n), g).astype(np.uint32)
        start = np.searchsorted(levels.rank[order], np.arange(g + 1))
        each = [
            _sparse(at, start, order, weight, ahead, longest_run, around)
            for ahead in neighbours.index
        ]
    dependence = (around & ((1 << _SHIFT) - 1)).astype(np.int32)
    if alpha > 0:
        _count_dependent(level, neighbours.index, alpha, dependence)
    return NeighbourCounts(
        tuple(pairs for pairs, _ in each),
        tuple(runs for _, runs in each if runs is not None),
        dependence[:n],
        around[:n] >> _SHIFT,
    )


def _dense(
    at: NDArray[np.uint32],
    weight: NDArray[np.int64],
    ahead: NDArray[np.uint32],
    longest: int,
    around: NDArray[np.int64],
) -> tuple[PairCounts, SizeCounts | None]:
    g = int(at[-1])
    table = np.zeros((g + 1, g + 1), np.int32)
    reached = np.zeros((g + 1, longest + 2), np.int32)
    _count_ahead(
        at, weight, ahead, g + 1, longest + 2, table.reshape(-1), reached.reshape(-1), around
    )
    pairs = PairCounts.of_dense(table[:g, :g])
    if not longest:
        return pairs, None
    # A run of length k has passed through each length up to k once.
    return pairs, dense_counts(reached[:g, 1:-1] - reached[:g, 2:], 1)


def _sparse(
    at: NDArray[np.uint32],
    start: NDArray[np.int64],
    order: NDArray[np.uint32],
    weight: NDArray[np.int64],
    ahead: NDArray[np.uint32],
    longest: int,
    around: NDArray[np.int64],
) -> tuple[PairCounts, SizeCounts | None]:
    n, g = ahead.size, int(at[-1])
    run = _run_ahead(at, weight, ahead, around)
    pairs = PairCounts(*counts_by_level(start, order, at[ahead], g, g))
    if not longest:
        return pairs, None
    return pairs, SizeCounts(*counts_by_level(start, order, run[:n], longest + 1, 0))


@njit(cache=True, nogil=True)
def _count_ahead(  # type: ignore[no-untyped-def]
    at, weight, ahead, levels, lengths, table, reached, around
):
    """Visit each voxel and its neighbour in one direction, the last voxel first."""
    n = np.uint32(ahead.size)
    run = np.zeros(n + 1, np.uint32)
    width = np.uint32(levels)
    span = np.uint32(lengths)
    one = np.uint32(1)
    for back in range(n):
        v = np.uint32(n - one - np.uint32(back))
        w = ahead[v]
        i = at[v]
        j = at[w]
        table[np.uint32(i * width + j)] += 1
        same = one if i == j else np.uint32(0)
        around[v] += weight[w] + same
        around[w] += weight[v] + same
        if lengths > 2:
            # The neighbour lies ahead and is done: its run continues in this voxel, or ends.
            length = np.uint32(run[w] * same + one)
            run[v] = length
            reached[np.uint32(i * span + length)] += 1


@njit(cache=True, nogil=True)
def _run_ahead(at, weight, ahead, around):  # type: ignore[no-untyped-def]
    """Return the length of the run that begins at each voxel, 0 within a run; adds to `around`."""
    n = ahead.size
    run = np.zeros(n + 1, np.uint32)
    for back in range(n):
        v = n - 1 - back
        w = ahead[v]
        same = 1 if at[v] == at[w] else 0
        around[v] += weight[w] + same
        around[w] += weight[v] + same
        run[v] = 1
        if same == 1:
            run[v] += run[w]
            run[w] = 0
    return run


@njit(cache=True, nogil=True)
def _count_dependent(level, index, alpha, dependence):  # type: ignore[no-untyped-def]
    n = level.size - 1
    dependence[:] = 0
    for d in range(index.shape[0]):
        for v in range(n):
            w = index[d, v]
            if w < n and abs(level[v] - level[w]) <= alpha:
                dependence[v] += 1
                dependence[w] += 1


def dependence_matrix(
    levels: GreyLevels, dependence: NDArray[np.int32], most: int
) -> NDArray[np.int32]:
    """Return voxels of each level with k dependent neighbours, shape (g, most + 1)."""
    key = levels.rank.astype(np.int64) * (most + 1) + dependence
    shape = (levels.present.size, most + 1)
    return np.bincount(key, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int32)


@njit(cache=True, nogil=True)
def neighbourhood_differences(rank, present, level_sum, count):  # type: ignore[no-untyped-def]
    """Return voxels of each level and their summed difference from their neighbours' mean.

    Returns
    -------
    Two arrays of shape (g,): n_i and s_i of the NGTDM. A voxel without a neighbour counts with
    difference 0, as in PyRadiomics.
    """
    n_i = np.zeros(present.size)
    s_i = np.zeros(present.size)
    for v in range(rank.size):
        i = rank[v]
        n_i[i] += 1
        if count[v] > 0:
            s_i[i] += abs(present[i] - level_sum[v] / count[v])
    return n_i, s_i


@njit(cache=True, nogil=True)
def zone_of_voxels(rank, index, centre):  # type: ignore[no-untyped-def]
    """Return the first voxel of the zone that each voxel belongs to.

    Parameters
    ----------
    rank
        Level of each voxel, shape (n,).
    index
        Neighbours at distance 1, shape (d, n).
    centre
        Direction that is next to all other directions, or -1; when that neighbour belongs to the
        zone, the others are joined to it already.
    """
    n = rank.size
    parent = np.arange(n).astype(np.uint32)
    at = np.full(n + 1, -1, np.int32)
    at[:n] = rank
    for back in range(n):
        v = np.uint32(n - 1 - back)
        if centre >= 0:
            w = index[centre, v]
            if at[w] == at[v]:
                join_zones(parent, v, w)
                continue
        for d in range(index.shape[0]):
            w = index[d, v]
            if at[w] == at[v]:
                join_zones(parent, v, w)
    for first in range(n):
        parent[first] = parent[parent[first]]
    return parent


@njit(cache=True, nogil=True)
def join_zones(parent, a, b):  # type: ignore[no-untyped-def]
    """Give two voxels the same root in `parent`, the first voxel of either zone."""
    # The root is always the zone's first voxel, so a parent never lies behind its child.
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    while parent[b] != b:
        parent[b] = parent[parent[b]]
        b = parent[b]
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


def zone_counts(rank: NDArray[np.int32], zone: NDArray[np.uint32]) -> SizeCounts:
    """Return the number of zones of each level and size."""
    size = np.bincount(zone, minlength=rank.size)
    roots = np.flatnonzero(size)
    return size_counts(rank[roots], size[roots])
