"""Differences from the neighbours' mean within each kernel."""

from __future__ import annotations

import numpy as np
from numba import njit

from tumorcast.radiomics.classes.ngtdm import tone_formulas
from tumorcast.radiomics.voxel.kernel import gather


@njit(cache=True, nogil=True)
def ngtdm_of_kernels(flat, present, centres, jumps, ahead, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the features of each kernel; parameters as for `glcm_of_kernels`."""
    k = jumps.size
    rank = np.empty(k + 1, np.int64)
    distinct = np.empty(k, np.int32)
    level = np.empty(k)
    total = np.empty(k)
    count = np.empty(k)
    n_i = np.empty(k)
    s_i = np.empty(k)
    for v in range(centres.size):
        g = gather(flat, present, centres[v] + jumps, rank, distinct, level)
        total[:] = 0.0
        count[:] = 0.0
        for d in range(ahead.shape[0]):
            for a in range(k):
                b = ahead[d, a]
                if rank[a] >= 0 and rank[b] >= 0:
                    total[a] += level[rank[b]]
                    total[b] += level[rank[a]]
                    count[a] += 1
                    count[b] += 1
        n_i[:g] = 0.0
        s_i[:g] = 0.0
        for a in range(k):
            if rank[a] >= 0:
                n_i[rank[a]] += 1
                if count[a] > 0:
                    s_i[rank[a]] += abs(level[rank[a]] - total[a] / count[a])
        voxels = np.sum(n_i[:g])
        found = tone_formulas(n_i[:g] / voxels, s_i[:g], level[:g], voxels)
        for f in range(len(found)):
            out[v, f] = found[f]
