"""Local and global intensity peak: the mean in a sphere of 1 cm3."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.ibsi.region import Region

RADIUS_MM = 10 * (3 / (4 * math.pi)) ** (1 / 3)


def peak_features(region: Region) -> dict[str, float]:
    """Return the mean around the brightest voxel, and the largest mean around any voxel.

    Spheres are centred on voxels of the intensity mask and take in all of the image that they
    reach. Of several brightest voxels the one with the largest mean counts.
    """
    means = _sphere_means(region)
    values = region.values
    return {
        "loc_peak_loc": float(means[values == values.max()].max()),
        "loc_peak_glob": float(means.max()),
    }


def _sphere_means(region: Region) -> NDArray[np.float64]:
    """Return the mean intensity around each voxel of the intensity mask, shape (n,)."""
    reach = [math.floor(RADIUS_MM / step) for step in region.spacing_mm]
    steps = np.stack(np.meshgrid(*(np.arange(-r, r + 1) for r in reach), indexing="ij"), -1)
    steps = steps.reshape(-1, 3)
    steps = steps[((steps * region.spacing_mm) ** 2).sum(axis=1) <= RADIUS_MM**2]
    padded = np.pad(region.image, [(r, r) for r in reach], constant_values=math.nan)
    centres = np.argwhere(region.intensity) + reach
    total = np.zeros(len(centres))
    count = np.zeros(len(centres), np.int64)
    for step in steps:
        seen = padded[tuple((centres + step).T)]
        inside = ~np.isnan(seen)
        total[inside] += seen[inside]
        count += inside
    return total / count
