from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tumorcast.cohort import BinaryTarget
from tumorcast.features import FeatureTable, UnivariateSelector

Noise = Callable[[int, int], tuple[FeatureTable, BinaryTarget]]
MakeTable = Callable[[Mapping[str, Sequence[object]]], FeatureTable]


def test_columns_are_kept_by_their_auroc_whatever_its_direction(noise: Noise) -> None:
    table, target = noise(100, 20)
    frame = table.frame.to_numpy()
    strength = [abs(roc_auc_score(target.label, column) - 0.5) for column in frame.T]
    expected = {table.columns[position] for position in np.argsort(strength)[-6:]}
    assert set(UnivariateSelector(k=6).fit(table, target, seed=0).kept_) == expected


def test_weights_decide_which_column_is_better(make_table: MakeTable) -> None:
    label = np.array([0, 0, 0, 1, 1, 1])
    table = make_table({"x.first": [0, 1, 5, 2, 6, 7], "x.second": [0, 5, 1, 6, 2, 7]})
    for heavy, best in ((1, "x.first"), (2, "x.second")):
        weight = np.ones(6)
        weight[heavy] = 10
        target = BinaryTarget(label, weight)
        assert UnivariateSelector(k=1).fit(table, target, seed=0).kept_ == [best]


def test_of_equals_the_first_is_kept(make_table: MakeTable) -> None:
    table = make_table({"x.a": [1, 2, 3, 4], "x.b": [4, 3, 2, 1], "x.c": [9, 9, 9, 9]})
    target = BinaryTarget(np.array([0, 0, 1, 1]), np.ones(4))
    assert UnivariateSelector(k=1).fit(table, target, seed=0).kept_ == ["x.a"]


def test_labels_are_needed(make_table: MakeTable) -> None:
    with pytest.raises(ValueError, match="needs a target"):
        UnivariateSelector().fit(make_table({"x.a": [1, 2]}), None, seed=0)
