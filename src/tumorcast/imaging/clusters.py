"""Groups of voxels that look alike within one tumour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_ROUNDS = 300
"""Of k-means; what has not come to rest by then is near enough, and the same every time."""
RESTING = 10_000
"""A round that moves fewer than one voxel in so many is the last."""


def ordered_clusters(
    features: NDArray[np.float64], intensity: NDArray[np.float64], k: int
) -> NDArray[np.int64]:
    """Group voxels by k-means and number the groups by their mean intensity.

    The first centres are the means of the k-quantiles of intensity and nothing is drawn at random,
    so the same voxels give the same groups (Lloyd, IEEE Trans Inf Theory 1982;28:129).

    Parameters
    ----------
    features
        Shape (n, f), in one unit or brought to one scale: distances add up over them.
    intensity
        By which groups are ordered, shape (n,).
    k
        How many groups are sought.

    Returns
    -------
    The group of each voxel, 1 the darkest; shape (n,). A group without a voxel is the last: fewer
    than k numbers then occur.
    """
    rank = np.empty(intensity.size, np.int64)
    rank[np.argsort(intensity, kind="stable")] = np.arange(intensity.size)
    group = rank * k // intensity.size
    for _ in range(MOST_ROUNDS):
        nearest = _nearest(features, _means(features, group, k))
        moved = int(np.count_nonzero(nearest != group))
        group = nearest
        if moved <= intensity.size // RESTING:
            break
    return _by_intensity(group, intensity, k)


def _means(x: NDArray[np.float64], group: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return the centre of each group, NaN where it has no voxel; shape (k, f)."""
    count = np.bincount(group, minlength=k)
    total = np.column_stack([np.bincount(group, column, minlength=k) for column in x.T])
    with np.errstate(invalid="ignore"):
        centres: NDArray[np.float64] = total / count[:, None]
    return centres


def _nearest(x: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    columns = np.ascontiguousarray(x.T)
    distance = np.zeros((len(centres), len(x)))
    for k, centre in enumerate(centres):
        for column, middle in zip(columns, centre, strict=True):
            distance[k] += (column - middle) ** 2
    distance[np.isnan(centres).any(axis=1)] = np.inf
    nearest: NDArray[np.int64] = np.argmin(distance, axis=0)
    return nearest


def _by_intensity(
    group: NDArray[np.int64], intensity: NDArray[np.float64], k: int
) -> NDArray[np.int64]:
    count = np.bincount(group, minlength=k)
    mean = np.full(k, np.inf)
    mean[count > 0] = np.bincount(group, intensity, minlength=k)[count > 0] / count[count > 0]
    place = np.empty(k, np.int64)
    place[np.argsort(mean, kind="stable")] = np.arange(1, k + 1)
    placed: NDArray[np.int64] = place[group]
    return placed
