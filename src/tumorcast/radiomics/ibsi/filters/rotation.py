"""Right-angle rotations of separable filters, and the pooling that makes them invariant.

Source: IBSI filter reference manual, section "Rotational invariance" of "Aggregation".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.ibsi.filters.convolution import Line

Pooling = Literal["max", "average"]
POOLINGS: tuple[Pooling, ...] = ("max", "average")
Cascade = tuple[tuple[Line, ...], ...]
"""The lines of one convolution after another, each along (x, y) or (x, y, z)."""


def rotated(cascade: Cascade) -> Iterator[tuple[Cascade, int]]:
    """Yield the cascade in all its right-angle orientations, each with how often it occurs.

    There are 4 rotations in the plane and 24 in space; those that leave every line as it was
    are one orientation.
    """
    counted: dict[bytes, tuple[Cascade, int]] = {}
    for order, reverse in _rotations(len(cascade[0])):
        turned = tuple(
            tuple(
                lines[k][::-1] if back else lines[k] for k, back in zip(order, reverse, strict=True)
            )
            for lines in cascade
        )
        key = b"|".join(line.tobytes() for lines in turned for line in lines)
        counted[key] = (turned, counted.get(key, (turned, 0))[1] + 1)
    yield from counted.values()


def _rotations(dimensions: int) -> Iterator[tuple[tuple[int, ...], tuple[bool, ...]]]:
    """Yield which axis comes where and which are reversed, without reflections."""
    axes = range(dimensions)
    for order in permutations(axes):
        for reverse in product((False, True), repeat=dimensions):
            inversions = sum(order[i] > order[j] for i in axes for j in axes if i < j)
            if (inversions + sum(reverse)) % 2 == 0:
                yield order, reverse


def pooled(
    responses: Iterable[tuple[NDArray[np.float64], int]], pooling: Pooling
) -> NDArray[np.float64]:
    """Return the largest or the mean response at each voxel.

    Parameters
    ----------
    responses
        Maps of one shape, at least one, with how often each counts in the mean.
    pooling
        Which of the two.
    """
    total: Any = None
    count = 0
    for response, times in responses:
        weighted = response if pooling == "max" else times * response
        if total is None:
            total = weighted.copy()
        else:
            (np.maximum if pooling == "max" else np.add)(total, weighted, out=total)
        count += times
    return np.asarray(total if pooling == "max" else total / count)


def reversed_axes(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return lines along (x, y, z) in the order of the array, (z, y, x)."""
    return tuple(reversed(lines))
