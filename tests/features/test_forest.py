"""Trees against scikit-learn, which grows them with code of its own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from tumorcast.features import state_digest
from tumorcast.features.forest import Forest
from tumorcast.features.tree_kernels import bin_columns, grow_tree


def _signal(n: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(n, columns))
    odds = 1.5 * matrix[:, 0] - matrix[:, 1] + matrix[:, 2] * (matrix[:, 0] > 0) - 1
    label = (random.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    return matrix, label, random.uniform(0.5, 2, n)


def _grow(matrix: np.ndarray, label: np.ndarray, weight: np.ndarray, **changes: int) -> Forest:
    settings = {"n_trees": 50, "min_rows": 5, "seed": 0} | changes
    return Forest.grow(matrix, label, weight, **settings)


@pytest.mark.parametrize("min_rows", [5, 20])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_tree_on_all_rows_and_columns_is_that_of_scikit_learn(min_rows: int, seed: int) -> None:
    """Same leaves of the training rows, same shares in them, same decrease by column.

    The weights add up without rounding, because scikit-learn splits pure nodes that rounding
    makes look impure.
    """
    matrix, label, _ = _signal(150, 6, seed)
    weight = np.random.default_rng(seed).integers(32, 129, 150) / 64
    judge = DecisionTreeClassifier(min_samples_leaf=min_rows, random_state=0)
    judge.fit(matrix, label, sample_weight=weight)
    columns = np.ascontiguousarray(matrix.T)
    codes, cuts, n_cuts = bin_columns(columns, np.argsort(columns, axis=1), 255)
    feature, cut, left, value, decrease = grow_tree(
        codes, n_cuts, label.astype(np.float64), weight, np.arange(150), 6, min_rows, 3
    )
    threshold = cuts[feature, cut]
    leaves = [_leaf(row, feature, threshold, left) for row in matrix]
    expected = judge.apply(matrix)
    assert len(set(leaves)) == len(set(expected)) == len(set(zip(leaves, expected, strict=True)))
    np.testing.assert_allclose(value[leaves], judge.predict_proba(matrix)[:, 1], atol=1e-12)
    np.testing.assert_allclose(decrease / decrease.sum(), judge.feature_importances_, atol=1e-12)


def _leaf(
    row: np.ndarray, feature: np.ndarray, threshold: np.ndarray, left: np.ndarray, root: int = 0
) -> int:
    node = root
    while feature[node] >= 0:
        node = int(left[node]) + int(row[feature[node]] > threshold[node])
    return node


def test_a_forest_ranks_new_rows_as_well_as_that_of_scikit_learn() -> None:
    matrix, label, weight = _signal(400, 10, 0)
    new, new_label, _ = _signal(4000, 10, 1)
    judge = RandomForestClassifier(300, min_samples_leaf=5, random_state=0)
    judge.fit(matrix, label, sample_weight=weight)
    forest = _grow(matrix, label, weight, n_trees=300)
    ours = roc_auc_score(new_label, forest.predict_probability(new))
    theirs = roc_auc_score(new_label, judge.predict_proba(new)[:, 1])
    assert ours > 0.75
    assert abs(ours - theirs) < 0.01
    np.testing.assert_allclose(forest.importance, judge.feature_importances_, atol=0.02)


def test_a_row_falls_into_the_leaf_that_the_arrays_say() -> None:
    matrix, label, weight = _signal(60, 3, 0)
    forest = _grow(matrix, label, weight, n_trees=3)
    leaves = [
        _leaf(matrix[7], forest.feature, forest.threshold, forest.left, int(root))
        for root in forest.roots
    ]
    assert forest.predict_probability(matrix[7:8])[0] == pytest.approx(forest.value[leaves].mean())


def test_the_seed_decides_everything() -> None:
    data = _signal(80, 5, 0)
    same = state_digest(_grow(*data).state()) == state_digest(_grow(*data).state())
    other = state_digest(_grow(*data).state()) == state_digest(_grow(*data, seed=1).state())
    assert (same, other) == (True, False)


def test_rows_of_weight_0_do_not_exist() -> None:
    matrix, label, weight = _signal(90, 4, 0)
    weight[::3] = 0
    counted = weight > 0
    whole = _grow(matrix, label, weight)
    without = _grow(matrix[counted], label[counted], weight[counted])
    assert state_digest(whole.state()) == state_digest(without.state())


def test_few_cuts_are_enough_for_a_column_of_few_values() -> None:
    column = np.array([[0.0] * 300 + [1.0] * 3 + [2.0] * 40])
    codes, cuts, n_cuts = bin_columns(column, np.argsort(column, axis=1), 4)
    assert n_cuts.tolist() == [1]
    assert cuts[0, 0] == 0.5
    assert codes[0, [0, 300, 342]].tolist() == [0, 1, 1]


def test_neighbouring_floats_stay_apart() -> None:
    low, high = 1.0, np.nextafter(1.0, 2.0)
    column = np.array([[low, high]])
    _, cuts, _ = bin_columns(column, np.argsort(column, axis=1), 8)
    assert low <= cuts[0, 0] < high


def test_without_columns_the_forest_knows_the_weighted_share_of_positives() -> None:
    label = np.array([0, 0, 0, 1] * 100)
    weight = np.where(label == 1, 3.0, 1.0)
    forest = _grow(np.empty((400, 0)), label, weight, n_trees=400)
    assert forest.predict_probability(np.empty((2, 0))) == pytest.approx(0.5, abs=0.01)
    assert forest.importance.shape == (0,)


def test_columns_that_cannot_split_have_no_importance() -> None:
    matrix, label, weight = _signal(80, 3, 0)
    matrix[:, 2] = 1.0
    importance = _grow(matrix, label, weight).importance
    assert importance[2] == 0
    assert importance.sum() == pytest.approx(1)
