"""First-order features of each kernel."""

from __future__ import annotations

import numpy as np
from numba import njit

from tumorcast.radiomics.classes.firstorder import NAMES, sorted_statistics

_SHAPE_OF_SPREAD = (NAMES.index("Skewness"), NAMES.index("Kurtosis"))


@njit(cache=True, nogil=True)
def firstorder_of_kernels(values, flat, centres, jumps, shift, volume, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the features of each kernel.

    Parameters
    ----------
    values
        Intensities of the image with its margin, flattened.
    flat
        Grey levels of the same voxels, as in `Levels.flat`.
    centres
        Where the centres of the kernels lie in both, shape (n,).
    jumps
        From a centre to each voxel of its kernel, shape (k,).
    shift, volume
        ``voxelArrayShift``, and the volume of a voxel in mm3.
    out
        Shape (n, features).
    """
    inside = np.empty(jumps.size)
    level = np.empty(jumps.size, np.int32)
    for v in range(centres.size):
        n = 0
        for k in range(jumps.size):
            at = centres[v] + jumps[k]
            if flat[at] >= 0:
                inside[n] = values[at]
                level[n] = flat[at]
                n += 1
        x = np.sort(inside[:n])
        found = sorted_statistics(x, _shares(np.sort(level[:n])), shift, volume)
        for f in range(len(found)):
            out[v, f] = found[f]
        if x[0] == x[-1]:
            # The mean of equal numbers need not be that number, and rounding is no spread.
            for f in _SHAPE_OF_SPREAD:
                out[v, f] = 0.0


@njit(cache=True, nogil=True)
def _shares(level):  # type: ignore[no-untyped-def]
    """Return the share of the voxels that each level has; `level` is sorted."""
    share = np.zeros(level.size)
    n = 0
    for v in range(level.size):
        if v > 0 and level[v] != level[v - 1]:
            n += 1
        share[n] += 1.0
    return share[: n + 1] / level.size
