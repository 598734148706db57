"""Neighbouring Grey Tone Difference Matrix (Amadasun & King 1989)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

NAMES = ("Coarseness", "Contrast", "Busyness", "Complexity", "Strength")


def ngtdm_features(
    n_i: NDArray[np.float64], s_i: NDArray[np.float64], present: NDArray[np.int32]
) -> dict[str, float]:
    """Return the features of the differences from the neighbourhood.

    Where a formula divides by zero the value is PyRadiomics' convention: 1e6 for Coarseness, 0
    for the others.

    Parameters
    ----------
    n_i
        Voxels of each level, shape (g,).
    s_i
        Summed difference from the neighbours' mean, shape (g,).
    present
        The grey level of each rank, shape (g,).
    """
    values = tone_formulas(n_i / n_i.sum(), s_i, present.astype(np.float64), n_i.sum())
    return dict(zip(NAMES, values, strict=True))


@njit(cache=True, nogil=True)
def tone_formulas(p, s, level, n):  # type: ignore[no-untyped-def]
    """Return what `NAMES` lists, of shares, differences and values of levels, and n voxels."""
    g = level.size
    weighted = np.sum(p * s)
    total_s = np.sum(s)
    contrast = 0.0
    spread = 0.0
    complexity = 0.0
    strength = 0.0
    for i in range(g):
        for j in range(i):
            difference = level[i] - level[j]
            square = difference * difference
            contrast += p[i] * p[j] * square
            spread += abs(level[i] * p[i] - level[j] * p[j])
            complexity += abs(difference) * (p[i] * s[i] + p[j] * s[j]) / (p[i] + p[j])
            strength += (p[i] + p[j]) * square
    # Each pair of levels was met once and counts twice.
    contrast, spread, complexity, strength = 2 * contrast, 2 * spread, 2 * complexity, 2 * strength
    coarseness = 1 / weighted if weighted != 0 else 1e6
    contrast = contrast * total_s / n / (g * (g - 1)) if g > 1 else 0.0
    busyness = weighted / spread if spread != 0 else 0.0
    strength = strength / total_s if total_s != 0 else 0.0
    return coarseness, contrast, busyness, complexity / n, strength
