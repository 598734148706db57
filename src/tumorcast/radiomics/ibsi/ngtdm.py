"""Differences of grey levels from their neighbourhood as IBSI defines them (NGTDM)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.classes.ngtdm import ngtdm_features
from tumorcast.radiomics.ibsi.elements import Elements, Texture, aggregate

_TAGS = {
    "Coarseness": "coarseness",
    "Contrast": "contrast",
    "Busyness": "busyness",
    "Complexity": "complexity",
    "Strength": "strength",
}


def difference_features(texture: Texture) -> dict[str, float]:
    """Return the features of all aggregations by their tags.

    Only voxels with a neighbour in the region count; NaN where there is none.
    """
    total = np.zeros(texture.levels.size)
    for a, b in texture.links():
        total[a] += texture.levels[b]
        total[b] += texture.levels[a]
    count = texture.neighbours.count
    valid = np.flatnonzero(count)
    difference = np.abs(texture.levels[valid] - total[valid] / count[valid])
    elements = Elements(texture.levels[valid], difference, texture.slices[valid])
    return aggregate(elements, texture.dimension, "ngt", _of_voxels)


def _of_voxels(levels: NDArray[np.int64], difference: NDArray[np.float64]) -> dict[str, float]:
    if not levels.size:
        return dict.fromkeys(_TAGS.values(), math.nan)
    present, rank = np.unique(levels, return_inverse=True)
    n_i = np.bincount(rank).astype(np.float64)
    s_i = np.bincount(rank, difference).astype(np.float64)
    found = ngtdm_features(n_i, s_i, present.astype(np.int32))
    return {tag: found[name] for name, tag in _TAGS.items()}
