"""Grey levels: discretisation of the intensities of a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True)
class GreyLevels:
    """The discretised intensities of a region.

    Parameters
    ----------
    rank
        Position of each voxel's level among the levels that occur, shape (n,).
    present
        The levels that occur, ascending, first is 1; shape (g,).
    """

    rank: NDArray[np.int32]
    present: NDArray[np.int32]

    @property
    def highest(self) -> int:
        """The highest level, which is the number of bins between the extremes."""
        return int(self.present[-1])


def bin_edges(values: NDArray[Any], *, width: float, count: int | None) -> NDArray[Any]:
    """Return the edges of the bins as PyRadiomics lays them (Features, "image discretization").

    A fixed width lays them at multiples of the width; a fixed count divides the range of the
    region. The values keep the number type of the image, whose rounding decides about values that
    lie on an edge.

    Parameters
    ----------
    values
        Intensities of the region in the type of the image, shape (n,).
    width
        Width of a bin.
    count
        Number of bins, in place of the width.
    """
    if count is not None:
        edges = np.histogram_bin_edges(values, count)
        edges[-1] += 1
        return edges
    lowest, highest = values.min(), values.max()
    edges = np.arange(lowest - (lowest % width), highest + 2 * width, width)
    if edges.size == 1:
        edges = np.array([edges[0] - 0.5, edges[0] + 0.5])
    return edges


def discretise(values: NDArray[Any], *, width: float, count: int | None = None) -> GreyLevels:
    """Return the grey level of each voxel; parameters as for `bin_edges`."""
    edges = bin_edges(values, width=width, count=count).astype(np.float64)
    level = _level(values, edges)
    occurs = np.bincount(level)
    present = np.flatnonzero(occurs)
    rank_of = np.cumsum(occurs > 0) - 1
    return GreyLevels(rank_of.astype(np.int32)[level], present.astype(np.int32))


@njit(cache=True, nogil=True)
def _level(values, edges):  # type: ignore[no-untyped-def]
    # The level is the number of edges at or below the value. The bins are equal up to rounding,
    # so a division finds it to within one and the edges themselves decide.
    level = np.empty(values.size, np.int32)
    inner = max(edges.size - 2, 1)
    scale = inner / (edges[inner] - edges[0])
    for v in range(values.size):
        value = values[v]
        k = int((value - edges[0]) * scale)
        k = min(max(k, 0), edges.size - 1)
        while k > 0 and value < edges[k]:
            k -= 1
        while k + 1 < edges.size and value >= edges[k + 1]:
            k += 1
        level[v] = k + 1
    return level
