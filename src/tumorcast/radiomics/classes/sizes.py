"""Formulas shared by the matrices that count elements by level and size (GLRLM, GLSZM, GLDM)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tumorcast.radiomics.texture.sparse import SizeCounts

EPSILON = float(np.spacing(1.0))
"""Added within logarithms, as PyRadiomics does."""

FORMULAS = (
    "short",
    "long",
    "level_non_uniformity",
    "level_non_uniformity_normalized",
    "size_non_uniformity",
    "size_non_uniformity_normalized",
    "percentage",
    "level_variance",
    "size_variance",
    "entropy",
    "low",
    "high",
    "short_low",
    "short_high",
    "long_low",
    "long_high",
)
"""What each entry of `size_formulas` is, named by emphasis."""


def size_formulas(counts: SizeCounts, present: NDArray[np.int32]) -> dict[str, float]:
    """Return every formula on one matrix.

    Parameters
    ----------
    counts
        Number of elements of each level and size.
    present
        The grey level of each rank, shape (g,).

    Returns
    -------
    By the names in `FORMULAS`; NaN throughout when the matrix is empty.
    """
    values = matrix_formulas(counts.rank, counts.size, counts.count, present.astype(np.float64))
    return dict(zip(FORMULAS, values.tolist(), strict=True))


@njit(cache=True, nogil=True)
def matrix_formulas(rank, size, count, level):  # type: ignore[no-untyped-def]
    """Return what `FORMULAS` lists; parameters as in `SizeCounts`, and the level of each rank."""
    out = np.full(16, np.nan)
    by_level = np.zeros(level.size)
    by_size = np.zeros(size.max() + 1 if size.size else 1)
    total = count.sum()
    if total == 0:
        return out
    out[:] = 0.0
    mean_level = 0.0
    mean_size = 0.0
    for k in range(rank.size):
        i = level[rank[k]]
        j = float(size[k])
        c = count[k]
        by_level[rank[k]] += c
        by_size[size[k]] += c
        mean_level += c * i
        mean_size += c * j
        i2 = i * i
        j2 = j * j
        out[0] += c / j2
        out[1] += c * j2
        out[10] += c / i2
        out[11] += c * i2
        out[12] += c / (i2 * j2)
        out[13] += c * i2 / j2
        out[14] += c * j2 / i2
        out[15] += c * i2 * j2
        p = c / total
        out[9] -= p * np.log2(p + EPSILON)
    out[6] = total / mean_size
    mean_level /= total
    mean_size /= total
    for i in range(level.size):
        out[2] += by_level[i] ** 2
        out[7] += by_level[i] / total * (level[i] - mean_level) ** 2
    for j in range(by_size.size):
        out[4] += by_size[j] ** 2
        out[8] += by_size[j] / total * (j - mean_size) ** 2
    out[3] = out[2] / total**2
    out[5] = out[4] / total**2
    for k in (0, 1, 2, 4, 10, 11, 12, 13, 14, 15):
        out[k] /= total
    return out
