"""Co-occurrence of grey levels as IBSI defines it (Haralick et al. 1973)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.ibsi.elements import Elements, Texture, aggregate


def glcm_features(texture: Texture) -> dict[str, float]:
    """Return the features of all aggregations by their tags."""
    levels = texture.levels
    pairs = Elements.of_directions(
        [(levels[a], levels[b], texture.slices[a]) for a, b in texture.links()]
    )
    count = int(levels.max())
    return aggregate(
        pairs, texture.dimension, "cm", lambda first, second: _of_pairs(first, second, count)
    )


def _of_pairs(first: NDArray[np.int64], second: NDArray[np.int64], count: int) -> dict[str, float]:
    if not first.size:
        undefined = _formulas(np.ones((1, 1)), np.ones(1, np.int64), 1)
        return dict.fromkeys(undefined, math.nan)
    present, rank = np.unique(np.concatenate([first, second]), return_inverse=True)
    g = present.size
    key = rank[: first.size] * g + rank[first.size :]
    table = np.bincount(key, minlength=g * g).reshape(g, g).astype(np.float64)
    table += table.T
    return _formulas(table / table.sum(), present, count)


def _formulas(p: NDArray[np.float64], level: NDArray[np.int64], count: int) -> dict[str, float]:
    """Return the features of a symmetric table of probabilities.

    Parameters
    ----------
    p
        Shape (g, g).
    level
        The grey level of each row, shape (g,).
    count
        Number of grey levels of the region, the occurring ones and those between them.
    """
    i, j = level[:, None].astype(np.float64), level[None, :].astype(np.float64)
    gap = np.abs(i - j)
    mean = float((i * p).sum())
    variance = float(((i - mean) ** 2 * p).sum())
    centred = i + j - 2 * mean
    return {
        "joint_max": float(p.max()),
        "joint_avg": mean,
        "joint_var": variance,
        "joint_entr": _entropy(p),
        **_difference_and_sum(p, level),
        "energy": float((p**2).sum()),
        "contrast": float((gap**2 * p).sum()),
        "dissimilarity": float((gap * p).sum()),
        "inv_diff": float((p / (1 + gap)).sum()),
        "inv_diff_norm": float((p / (1 + gap / count)).sum()),
        "inv_diff_mom": float((p / (1 + gap**2)).sum()),
        "inv_diff_mom_norm": float((p / (1 + gap**2 / count**2)).sum()),
        "inv_var": float((p[gap > 0] / gap[gap > 0] ** 2).sum()),
        # A single level is perfectly correlated with itself.
        "corr": float(((i - mean) * (j - mean) * p).sum()) / variance if variance else 1.0,
        "auto_corr": float((i * j * p).sum()),
        "clust_tend": float((centred**2 * p).sum()),
        "clust_shade": float((centred**3 * p).sum()),
        "clust_prom": float((centred**4 * p).sum()),
        **_information(p),
    }


def _difference_and_sum(p: NDArray[np.float64], level: NDArray[np.int64]) -> dict[str, float]:
    found = {}
    keys = {"diff": np.abs(np.subtract.outer(level, level)), "sum": np.add.outer(level, level)}
    for name, key in keys.items():
        q = np.bincount(key.ravel(), p.ravel()).astype(np.float64)
        k = np.arange(q.size)
        mean = float((k * q).sum())
        found[f"{name}_avg"] = mean
        found[f"{name}_var"] = float(((k - mean) ** 2 * q).sum())
        found[f"{name}_entr"] = _entropy(q)
    return found


def _information(p: NDArray[np.float64]) -> dict[str, float]:
    """Return the two measures of information correlation."""
    marginal = p.sum(axis=1)
    independent = np.outer(marginal, marginal)
    some = independent > 0
    joint, single = _entropy(p), _entropy(marginal)
    first = float(-(p[some] * np.log2(independent[some])).sum())
    second = _entropy(independent)
    return {
        "info_corr1": (joint - first) / single if single else 1.0,
        "info_corr2": math.sqrt(max(0.0, 1 - math.exp(-2 * (second - joint)))),
    }


def _entropy(p: NDArray[np.float64]) -> float:
    some = p[p != 0]
    return float(-(some * np.log2(some)).sum())
