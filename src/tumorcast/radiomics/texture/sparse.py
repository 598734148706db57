"""Matrices of counts that keep only what is not zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True)
class PairCounts:
    """Counts of pairs of levels.

    Parameters
    ----------
    first, second
        Ranks of the two levels, shape (m,) each; every pair occurs once, in ascending order.
    count
        Number of such pairs, shape (m,).
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    count: NDArray[np.float64]

    @classmethod
    def of_dense(cls, table: NDArray[Any]) -> Self:
        """Return the entries of a (g, g) table that are not zero."""
        first, second = np.nonzero(table)
        return cls(first, second, table[first, second].astype(np.float64))

    @classmethod
    def of_pairs(
        cls, first: NDArray[Any], second: NDArray[Any], levels: int, weight: Any = None
    ) -> Self:
        """Count pairs given one by one, each with its weight, by sorting them."""
        return cls(*_counted(first, second, weight, levels, levels))

    def symmetrised(self, levels: int) -> Self:
        """Return the pairs together with the same pairs the other way round."""
        return type(self)(*_with_turned(self.first, self.second, self.count, levels))


@dataclass(frozen=True)
class SizeCounts:
    """A sparse matrix of counts over levels and sizes.

    Parameters
    ----------
    rank, size, count
        Level, size and number of the elements, shape (m,) each; every pair occurs once.
    """

    rank: NDArray[np.int64]
    size: NDArray[np.int64]
    count: NDArray[np.float64]


def size_counts(rank: NDArray[Any], size: NDArray[Any]) -> SizeCounts:
    """Count elements given one by one."""
    spans = int(rank.max(initial=0)) + 1, int(size.max(initial=0)) + 1
    return SizeCounts(*_counted(rank, size, None, *spans))


def weighted_sum(parts: list[SizeCounts], weights: NDArray[np.float64]) -> SizeCounts:
    """Return the sum of matrices, each times its weight."""
    rank = np.concatenate([part.rank for part in parts])
    size = np.concatenate([part.size for part in parts])
    count = np.concatenate([part.count * w for part, w in zip(parts, weights, strict=True)])
    spans = int(rank.max(initial=0)) + 1, int(size.max(initial=0)) + 1
    return SizeCounts(*_counted(rank, size, count, *spans))


def dense_counts(matrix: NDArray[np.generic], first_size: int) -> SizeCounts:
    """Return the entries of a (g, sizes) matrix that are not zero.

    Parameters
    ----------
    matrix
        Counts, shape (g, sizes).
    first_size
        Size that the first column stands for.
    """
    rank, column = np.nonzero(matrix)
    return SizeCounts(rank, column + first_size, matrix[rank, column].astype(np.float64))


def _counted(
    first: NDArray[Any], second: NDArray[Any], weight: Any, n_first: int, n_second: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    ones = np.ones(first.size) if weight is None else weight
    rows, columns, counts = _sorted_and_added(
        first.astype(np.int64), second.astype(np.int64), ones, n_first, n_second
    )
    return rows, columns, counts


@njit(cache=True, nogil=True)
def _sorted_and_added(first, second, weight, n_first, n_second):  # type: ignore[no-untyped-def]
    """Return the pairs that occur, in ascending order, and the sum of the weights of each.

    Sorts by counting, in a time that grows with the number of pairs and of values, not with
    their product.
    """
    order = stable_order(first, stable_order(second, np.arange(first.size), n_second), n_first)
    rows = np.empty(first.size, np.int64)
    columns = np.empty(first.size, np.int64)
    counts = np.zeros(first.size)
    found = 0
    for k in order:
        if found == 0 or first[k] != rows[found - 1] or second[k] != columns[found - 1]:
            rows[found] = first[k]
            columns[found] = second[k]
            found += 1
        counts[found - 1] += weight[k]
    return rows[:found].copy(), columns[:found].copy(), counts[:found].copy()


@njit(cache=True, nogil=True)
def _with_turned(first, second, count, levels):  # type: ignore[no-untyped-def]
    """Merge the pairs with the turned ones, which one sorting pass puts into ascending order."""
    turned = stable_order(second, np.arange(second.size), levels)
    rows = np.empty(2 * first.size, np.int64)
    columns = np.empty(2 * first.size, np.int64)
    counts = np.zeros(2 * first.size)
    a = b = found = 0
    while a < first.size:
        t = turned[b] if b < turned.size else 0
        here = first[a] * levels + second[a]
        there = second[t] * levels + first[t] if b < turned.size else levels * levels
        rows[found], columns[found] = min(here, there) // levels, min(here, there) % levels
        if here <= there:
            counts[found] += count[a]
            a += 1
        if there <= here:
            counts[found] += count[t]
            b += 1
        found += 1
    for k in range(b, turned.size):
        t = turned[k]
        rows[found], columns[found], counts[found] = second[t], first[t], count[t]
        found += 1
    return rows[:found].copy(), columns[:found].copy(), counts[:found].copy()


@njit(cache=True, nogil=True)
def stable_order(values, order, n_values):  # type: ignore[no-untyped-def]
    """Return the positions in `order` so that the values, below `n_values`, ascend."""
    place = np.zeros(n_values + 1, np.int64)
    for k in order:
        place[values[k] + 1] += 1
    for value in range(n_values):
        place[value + 1] += place[value]
    ordered = np.empty(order.size, np.int64)
    for k in order:
        ordered[place[values[k]]] = k
        place[values[k]] += 1
    return ordered


@njit(cache=True, nogil=True)
def counts_by_level(start, order, value, n_values, skipped):  # type: ignore[no-untyped-def]
    """Count what occurs together with each level, in a time that grows with the voxels alone.

    Parameters
    ----------
    start, order
        The voxels in ascending order of level, and where in it each level begins and the last
        ends.
    value
        What is counted at each voxel, at most `n_values`.
    skipped
        The value that is not counted.

    Returns
    -------
    Level, value and count of each pair that occurs, in ascending order.
    """
    rows = np.empty(order.size, np.int64)
    columns = np.empty(order.size, np.int64)
    counts = np.empty(order.size)
    seen = np.zeros(n_values + 1, np.int32)
    met = np.empty(n_values + 1, np.int32)
    found = 0
    for level in range(start.size - 1):
        n_met = 0
        for k in range(start[level], start[level + 1]):
            here = value[order[k]]
            if seen[here] == 0:
                met[n_met] = here
                n_met += 1
            seen[here] += 1
        for here in np.sort(met[:n_met]):
            if here != skipped:
                rows[found] = level
                columns[found] = here
                counts[found] = seen[here]
                found += 1
            seen[here] = 0
    return rows[:found].copy(), columns[:found].copy(), counts[:found].copy()
