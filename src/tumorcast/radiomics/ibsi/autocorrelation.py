"""Moran's I and Geary's C: whether near voxels have like intensities.

Each pair of voxels counts with the inverse of the distance between their centres. On a grid the
sums over all pairs are convolutions, so the cost is that of a Fourier transform and the result
is that of the full sum.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfftn, next_fast_len, rfftn

from tumorcast.radiomics.ibsi.region import Region


def autocorrelation(region: Region) -> dict[str, float]:
    """Return both by their tags; NaN when all intensities are equal.

    Source: Moran 1950, Geary 1954, as in the IBSI reference manual.
    """
    where = np.argwhere(region.intensity)
    box = tuple(slice(a, b + 1) for a, b in zip(where.min(axis=0), where.max(axis=0), strict=True))
    mask = region.intensity[box]
    x = np.where(mask, region.image[box] - region.values.mean(), 0.0)
    n, squares = len(where), float((x**2).sum())
    if squares == 0:
        return {"morph_moran_i": math.nan, "morph_geary_c": math.nan}
    weights_of, values_of = _inverse_distance_sums((mask.astype(np.float64), x), region.spacing_mm)
    total = float((weights_of * mask).sum())
    cross = float((values_of * x).sum())
    differences = 2 * float((weights_of * x**2).sum()) - 2 * cross
    return {
        "morph_moran_i": n / total * cross / squares,
        "morph_geary_c": (n - 1) / (2 * total) * differences / squares,
    }


def _inverse_distance_sums(
    fields: tuple[NDArray[np.float64], ...], spacing_mm: tuple[float, float, float]
) -> list[NDArray[np.float64]]:
    """Return, at each voxel, the sum of a field over all others divided by their distance."""
    shape = fields[0].shape
    size = tuple(next_fast_len(2 * n - 1, real=True) for n in shape)
    axes = [
        step * np.minimum(np.arange(n), n - np.arange(n))
        for n, step in zip(size, spacing_mm, strict=True)
    ]
    distance = np.sqrt(sum(a**2 for a in np.meshgrid(*axes, indexing="ij")))
    distance[0, 0, 0] = math.inf
    kernel = rfftn(1 / distance)
    part = tuple(slice(n) for n in shape)
    return [irfftn(rfftn(field, size) * kernel, size)[part] for field in fields]
