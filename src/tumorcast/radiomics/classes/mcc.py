"""The maximal correlation coefficient of a co-occurrence matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.texture.sparse import PairCounts

DENSE_LEVELS = 1024
"""With more levels than this the two largest singular values are iterated for."""


def maximal_correlation(matrix: PairCounts, g: int) -> float:
    """Return the root of the second eigenvalue of Q = sum_k p(i,k) p(j,k) / (px(i) py(k)).

    Haralick's measure 14. Q is similar to A A^T with A = p(i,j) / sqrt(px(i) py(j)), which is
    symmetric; PyRadiomics' epsilon in the denominator is left out, as it does not reach the
    sixth digit.

    Parameters
    ----------
    matrix
        Counts of pairs of levels.
    g
        Number of levels.
    """
    if g < 2:
        return 1.0
    share = matrix.count / matrix.count.sum()
    px = np.bincount(matrix.first, share, g).astype(np.float64)
    py = np.bincount(matrix.second, share, g).astype(np.float64)
    if g > DENSE_LEVELS:
        return _second_singular_value(matrix, share, px, py)
    scaled = np.zeros((g, g))
    scaled[matrix.first, matrix.second] = share / np.sqrt(px[matrix.first] * py[matrix.second])
    if np.array_equal(scaled, scaled.T):
        return float(np.sort(np.abs(np.linalg.eigvalsh(scaled)))[-2])
    eigenvalues = np.linalg.eigvalsh(scaled @ scaled.T)
    return float(np.sqrt(max(eigenvalues[-2], 0.0)))


def _second_singular_value(
    matrix: PairCounts,
    share: NDArray[np.float64],
    px: NDArray[np.float64],
    py: NDArray[np.float64],
) -> float:
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.linalg import svds  # noqa: PLC0415

    scaled = share / np.sqrt(px[matrix.first] * py[matrix.second])
    sparse = coo_array((scaled, (matrix.first, matrix.second)), shape=(px.size, py.size))
    start = np.ones(px.size)
    return float(np.sort(svds(sparse.tocsr(), k=2, return_singular_vectors=False, v0=start))[0])
