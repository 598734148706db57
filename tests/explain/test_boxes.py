"""Trees as boxes, against the package shap and against all coalitions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.explain.additive import linear_parts
from tumorcast.explain.boxes import Boxes, leaves_of_forest, leaves_of_lightgbm
from tumorcast.explain.shapley import exact_shapley
from tumorcast.features import Forest

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "oracles" / "shap" / "reference.json").read_text(encoding="utf-8")
)


def test_tree_values_are_those_of_shap() -> None:
    boxes = Boxes.of([leaf for tree in REFERENCE["trees"] for leaf in leaves_of_lightgbm(tree)])
    rows, background = np.array(REFERENCE["rows"]), np.array(REFERENCE["background"])
    np.testing.assert_allclose(boxes.total(rows), REFERENCE["raw_score"], atol=1e-12)
    values = [boxes.shapley(row, background).mean(axis=0) for row in rows]
    np.testing.assert_allclose(values, REFERENCE["tree_values"], atol=1e-6)
    np.testing.assert_allclose(boxes.total(background).mean(), REFERENCE["tree_base"], atol=1e-6)


def test_linear_values_are_those_of_shap() -> None:
    rows, background = np.array(REFERENCE["rows"]), np.array(REFERENCE["background"])
    parts = linear_parts(np.array(REFERENCE["coefficients"]))
    values = [parts(row, background) for row in rows]
    np.testing.assert_allclose(values, REFERENCE["linear_values"], atol=1e-12)


def test_a_forest_has_the_values_of_all_coalitions() -> None:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(80, 5)).round(1)
    label = (matrix[:, 0] * matrix[:, 1] + matrix[:, 2] > 0).astype(np.int64)
    forest = Forest.grow(matrix, label, np.ones(80), n_trees=15, min_rows=3, seed=4)
    boxes = Boxes.of(leaves_of_forest(forest))
    np.testing.assert_allclose(boxes.total(matrix), forest.predict_probability(matrix), atol=1e-12)
    row, background = matrix[0], matrix[10:22]

    def game(taken: NDArray[np.bool_], other: NDArray[np.int64]) -> NDArray[np.float64]:
        return forest.predict_probability(np.where(taken, row, background[other]))

    exact = exact_shapley(game, 5, 12, float(forest.predict_probability(matrix[:1])[0]))
    values = boxes.shapley(row, background).mean(axis=0)
    np.testing.assert_allclose(values, exact.values, atol=1e-12)


def test_a_split_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="=="):
        list(leaves_of_lightgbm({"split_feature": 0, "decision_type": "=="}))
