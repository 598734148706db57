"""A random forest whose whole state is a handful of arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features.step import State

N_BINS = 64
"""Largest number of places at which a column may be cut."""

_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class Forest:
    """Classification trees on bootstrap samples (Breiman, Machine Learning 2001;45:5).

    Each node tries the square root of the number of columns, drawn at random, and takes the cut
    that lowers the weighted Gini impurity most. Columns are cut at `N_BINS` quantiles at most,
    which makes growing many times faster than sorting at every node. There is no object behind
    the arrays: a forest read from a file predicts bit for bit what it predicted before.

    Parameters
    ----------
    roots
        First node of each tree, shape (trees,).
    feature
        Column that a node asks for; -1 in a leaf; shape (nodes,).
    threshold
        Rows with a value up to it go left; shape (nodes,).
    left
        Left child; the right one follows it; -1 in a leaf; shape (nodes,).
    value
        Weighted share of positives in the node; shape (nodes,).
    importance
        Mean decrease in impurity of each column, adding up to 1 (all 0 without a split); shape
        (columns,).
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    value: NDArray[np.float64]
    importance: NDArray[np.float64]

    @classmethod
    def grow(
        cls,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        n_trees: int,
        min_rows: int,
        seed: int,
        tries: int | None = None,
        n_bins: int = N_BINS,
    ) -> Self:
        """Grow a forest.

        Parameters
        ----------
        matrix
            Complete values, shape (n, columns).
        label, weight
            0 or 1, and what the row counts; rows of weight 0 are left out; shape (n,).
        n_trees
            Number of trees.
        min_rows
            Fewest distinct rows in a leaf.
        seed
            Decides the bootstrap samples and the columns tried at each node.
        tries
            Columns that a node tries; ``None`` for the square root of their number.
        n_bins
            Largest number of cuts of a column, at most 255.
        """
        from tumorcast.features.tree_kernels import bin_columns, grow_tree  # noqa: PLC0415

        counted = weight > 0
        values = np.ascontiguousarray(matrix[counted].T)
        positive, weights = label[counted].astype(np.float64), weight[counted]
        codes, cuts, n_cuts = bin_columns(values, np.argsort(values, axis=1), n_bins)
        tries = tries or max(1, int(np.sqrt(len(values))))
        random = np.random.default_rng(seed)
        size = len(positive)
        trees, roots, n_nodes = [], [], 0
        importance = np.zeros(len(values))
        for _ in range(n_trees):
            times = np.bincount(random.integers(size, size=size), minlength=size)
            feature, cut, left, value, decrease = grow_tree(
                codes,
                n_cuts,
                positive,
                weights * times,
                np.flatnonzero(times),
                tries,
                min_rows,
                int(random.integers(2**62)),
            )
            leaf = feature < 0
            threshold = np.where(leaf, 0.0, cuts[feature, cut] if len(cuts) else 0.0)
            trees.append((feature, threshold, np.where(leaf, -1, left + n_nodes), value))
            importance += decrease / max(decrease.sum(), _TINY)
            roots.append(n_nodes)
            n_nodes += len(feature)
        feature, threshold, left, value = (
            np.concatenate(part) for part in zip(*trees, strict=True)
        )
        return cls(
            roots=np.array(roots),
            feature=feature,
            threshold=threshold,
            left=left,
            value=value,
            importance=importance / max(importance.sum(), _TINY),
        )

    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over trees of the share of positives in a row's leaf, shape (n,)."""
        from tumorcast.features.tree_kernels import walk_trees  # noqa: PLC0415

        values = np.ascontiguousarray(matrix)
        nodes = (self.roots, self.feature, self.threshold, self.left, self.value)
        return np.asarray(walk_trees(values, *nodes))

    def state(self) -> State:
        """Return the arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def restore(cls, state: State) -> Self:
        """Return the forest that `state` describes."""
        return cls(
            roots=state["roots"].astype(np.int64),
            feature=state["feature"].astype(np.int64),
            threshold=state["threshold"].astype(np.float64),
            left=state["left"].astype(np.int64),
            value=state["value"].astype(np.float64),
            importance=state["importance"].astype(np.float64),
        )
