"""Weights of directions, and the mean of a feature over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def line_weights(
    offsets: NDArray[np.int64], spacing_mm: tuple[float, float, float], norm: str
) -> NDArray[np.float64]:
    """Return the length of each step in mm, as PyRadiomics weights runs; shape (d,).

    Parameters
    ----------
    offsets
        Steps along (z, y, x), shape (d, 3).
    spacing_mm
        Along (z, y, x).
    norm
        ``manhattan``, ``euclidean``, ``infinity``, or ``no_weighting`` for 1 throughout.
    """
    step_mm = np.abs(offsets) * np.asarray(spacing_mm)
    if norm == "manhattan":
        length: NDArray[np.float64] = step_mm.sum(axis=1)
    elif norm == "euclidean":
        length = np.sqrt((step_mm**2).sum(axis=1))
    elif norm == "infinity":
        length = step_mm.max(axis=1)
    else:
        length = np.ones(len(offsets))
    return length


def pair_weights(
    offsets: NDArray[np.int64], spacing_mm: tuple[float, float, float], norm: str
) -> NDArray[np.float64]:
    """Return exp(-length^2), as PyRadiomics weights co-occurrences; parameters as above."""
    if norm == "no_weighting":
        return np.ones(len(offsets))
    weights: NDArray[np.float64] = np.exp(-(line_weights(offsets, spacing_mm, norm) ** 2))
    return weights


def mean_over_directions(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each feature over the directions in which it is defined."""
    if not each:
        return {}
    table = np.array([tuple(values.values()) for values in each])
    defined = ~np.isnan(table)
    count = defined.sum(axis=0)
    total = np.where(defined, table, 0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return dict(zip(each[0], mean.tolist(), strict=True))
