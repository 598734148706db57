"""Matrices of counts that keep only what is not zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PairCounts:
    """Counts of pairs of levels.

    Parameters
    ----------
    first, second
        Ranks of the two levels, shape (m,) each; every pair occurs once.
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
        key = first.astype(np.int64) * levels + second
        found, position = np.unique(key, return_inverse=True)
        return cls(found // levels, found % levels, np.bincount(position, weight).astype(float))

    def turned(self) -> Self:
        """Return the same pairs the other way round."""
        return type(self)(self.second, self.first, self.count)


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
    if not size.size:
        return SizeCounts(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    span = int(size.max()) + 1
    key, count = np.unique(rank.astype(np.int64) * span + size, return_counts=True)
    return SizeCounts(key // span, key % span, count.astype(np.float64))


def weighted_sum(parts: list[SizeCounts], weights: NDArray[np.float64]) -> SizeCounts:
    """Return the sum of matrices, each times its weight."""
    rank = np.concatenate([part.rank for part in parts])
    size = np.concatenate([part.size for part in parts])
    count = np.concatenate([part.count * w for part, w in zip(parts, weights, strict=True)])
    span = int(size.max(initial=0)) + 1
    key, position = np.unique(rank * span + size, return_inverse=True)
    summed = np.bincount(position, count, len(key)).astype(np.float64)
    return SizeCounts(key // span, key % span, summed)


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
