"""Texture elements one by one, and the groups of them that IBSI's aggregations count together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.ibsi.config import Dimension
from tumorcast.radiomics.texture.neighbours import Neighbours, half_offsets, neighbours_of

Features = Mapping[str, float]
_DIRECTED = {
    "2D": {"2D_avg": "ds", "2D_comb": "s", "2_5D_avg": "d", "2_5D_comb": ""},
    "3D": {"3D_avg": "d", "3D_comb": ""},
}
_UNDIRECTED = {"2D": {"2D": "s", "2_5D": ""}, "3D": {"3D": ""}}
"""Tag of each aggregation and what keeps its matrices apart: d(irection) and s(lice)."""


@dataclass(frozen=True, eq=False)
class Texture:
    """The grey levels of a region and which of its voxels are neighbours.

    Parameters
    ----------
    levels
        Grey level of each voxel from 1 on, shape (n,).
    slices
        Slice of each voxel, shape (n,).
    neighbours
        At Chebyshev distance 1 within the region, in the plane or in space.
    dimension
        Which of the two.
    """

    levels: NDArray[np.int64]
    slices: NDArray[np.int64]
    neighbours: Neighbours
    dimension: Dimension

    def links(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield voxels and their neighbours in each direction of one half of the directions."""
        for ahead in self.neighbours.index:
            linked = np.flatnonzero(ahead < self.levels.size)
            yield linked, ahead[linked].astype(np.int64)


def texture_of(mask: NDArray[np.bool_], levels: NDArray[np.int64], dimension: Dimension) -> Texture:
    """Return the texture of the levels of a mask's voxels, shape (z, y, x) and (n,)."""
    offsets = half_offsets([1], fixed_axis=0 if dimension == "2D" else None)
    return Texture(levels, np.nonzero(mask)[0], neighbours_of(mask, offsets), dimension)


@dataclass(frozen=True, eq=False)
class Elements:
    """Pairs, runs, zones or voxels: one entry each, all of shape (m,).

    Parameters
    ----------
    levels
        Grey level.
    sizes
        Second level, length, size, distance, dependence or difference.
    slices
        Slice in which the element lies.
    directions
        Direction in which it was found; None where elements have no direction.
    """

    levels: NDArray[np.int64]
    sizes: NDArray[Any]
    slices: NDArray[np.int64]
    directions: NDArray[np.int64] | None = None

    @classmethod
    def of_directions(cls, parts: Sequence[tuple[NDArray[np.int64], ...]]) -> Elements:
        """Join (levels, sizes, slices) of each direction."""
        levels, sizes, slices = (np.concatenate(column) for column in zip(*parts, strict=True))
        numbers = np.repeat(np.arange(len(parts)), [part[0].size for part in parts])
        return cls(levels, sizes, slices, numbers)

    def groups(self, apart: str) -> Iterator[NDArray[np.int64]]:
        """Yield the numbers of the elements of each matrix."""
        key = np.zeros(self.levels.size, np.int64)
        if "s" in apart:
            key += self.slices
        if "d" in apart and self.directions is not None:
            key = key * (int(self.directions.max(initial=0)) + 1) + self.directions
        order = np.argsort(key, kind="stable")
        yield from np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def aggregate(
    elements: Elements,
    dimension: Dimension,
    prefix: str,
    formulas: Callable[[NDArray[np.int64], NDArray[Any]], Features],
) -> dict[str, float]:
    """Return the features of every aggregation of a dimension by their tags.

    Parameters
    ----------
    elements
        What is counted.
    dimension
        In which the elements were found.
    prefix
        Of the tags, such as ``"cm"``.
    formulas
        Features of one matrix, from the levels and sizes of its elements. Features are averaged
        over the matrices that an aggregation keeps apart.
    """
    table = _UNDIRECTED if elements.directions is None else _DIRECTED
    return {
        f"{prefix}_{name}_{tag}": value
        for tag, apart in table[dimension].items()
        for name, value in _mean(
            [formulas(elements.levels[g], elements.sizes[g]) for g in elements.groups(apart)]
        ).items()
    }


def _mean(parts: Sequence[Features]) -> dict[str, float]:
    """Return the mean of each feature over matrices."""
    return {name: float(np.mean([part[name] for part in parts])) for name in parts[0]}
