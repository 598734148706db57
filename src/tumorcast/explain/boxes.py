"""Sums of decision trees as sums of boxes, and their exact Shapley values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import Forest

Leaf = tuple[dict[int, tuple[float, float]], float]
"""The interval of each column on the way to a leaf, open below and closed above, and its value."""


@dataclass(frozen=True)
class Boxes:
    """A function that adds up the values of the boxes that a row lies in: one box a leaf.

    Parameters
    ----------
    start
        First side of each box, and the number of all sides; shape (boxes + 1,).
    column, low, high
        Column of each side, and its interval: above `low`, up to `high`; shape (sides,).
    value
        Of each box, shape (boxes,).
    """

    start: NDArray[np.int64]
    column: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    value: NDArray[np.float64]

    @classmethod
    def of(cls, leaves: Sequence[Leaf]) -> Self:
        """Return the boxes of all leaves of all trees."""
        sides = [(column, *ends) for box, _ in leaves for column, ends in box.items()]
        columns, low, high = zip(*sides, strict=True) if sides else ((), (), ())
        return cls(
            np.cumsum([0, *(len(box) for box, _ in leaves)]),
            np.array(columns, dtype=np.int64),
            np.array(low, dtype=np.float64),
            np.array(high, dtype=np.float64),
            np.array([value for _, value in leaves], dtype=np.float64),
        )

    def total(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the boxes of each row, shape (n,)."""
        from tumorcast.explain.box_kernels import box_sums  # noqa: PLC0415

        sides = (self.start, self.column, self.low, self.high, self.value)
        return np.asarray(box_sums(np.ascontiguousarray(matrix), *sides))

    def shapley(
        self, row: NDArray[np.float64], background: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the Shapley value of each column against each background row, (n, columns).

        A box that holds neither row hands out nothing. In another, the columns on which the rows
        part are those that must come from the one and those that must come from the other, and
        the value of such a game is known in closed form (interventional TreeSHAP: Lundberg et al.,
        Nature Machine Intelligence 2020;2:56, algorithm 3).
        """
        from tumorcast.explain.box_kernels import box_shapley  # noqa: PLC0415

        sides = (self.start, self.column, self.low, self.high, self.value)
        return np.asarray(box_shapley(row, np.ascontiguousarray(background), *sides))


def leaves_of_forest(forest: Forest) -> list[Leaf]:
    """Return the leaves of all trees of a forest, whose mean is what it predicts."""
    found: list[Leaf] = []
    n_trees = len(forest.roots)
    todo: list[tuple[int, dict[int, tuple[float, float]]]] = [
        (int(root), {}) for root in forest.roots
    ]
    while todo:
        node, box = todo.pop()
        column = int(forest.feature[node])
        if column < 0:
            found.append((box, float(forest.value[node]) / n_trees))
            continue
        below, above = split(box, column, float(forest.threshold[node]))
        left = int(forest.left[node])
        todo += [(left, below), (left + 1, above)]
    return found


def leaves_of_lightgbm(tree: dict[str, Any]) -> Iterator[Leaf]:
    """Yield the leaves of one tree of LightGBM's ``dump_model``."""
    todo: list[tuple[dict[str, Any], dict[int, tuple[float, float]]]] = [(tree, {})]
    while todo:
        node, box = todo.pop()
        if "split_feature" not in node:
            yield box, float(node["leaf_value"])
            continue
        if node["decision_type"] != "<=":
            raise ValueError(f"a split of LightGBM by '{node['decision_type']}'")
        below, above = split(box, int(node["split_feature"]), float(node["threshold"]))
        todo += [(node["left_child"], below), (node["right_child"], above)]


def split(
    box: dict[int, tuple[float, float]], column: int, threshold: float
) -> tuple[dict[int, tuple[float, float]], dict[int, tuple[float, float]]]:
    """Return the parts of a box up to a threshold and above it."""
    low, high = box.get(column, (-np.inf, np.inf))
    below = {**box, column: (low, min(high, threshold))}
    return below, {**box, column: (max(low, threshold), high)}
