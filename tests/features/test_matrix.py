from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from tumorcast.errors import BadInputError
from tumorcast.features import FeatureTable
from tumorcast.features.matrix import complete_matrix, numeric_columns, require_columns, table_of

MakeTable = Callable[[Mapping[str, Sequence[object]]], FeatureTable]


def test_numeric_columns_keep_the_tables_order(make_table: MakeTable) -> None:
    table = make_table({"b.y": [1, 2], "c.sex": ["F", "M"], "a.x": [3, 4]})
    assert numeric_columns(table) == ["b.y", "a.x"]


def test_a_matrix_becomes_a_table_of_the_same_cases(make_table: MakeTable) -> None:
    table = make_table({"a.x": [1, 2], "b.y": [3, 4]})
    doubled = table_of(2 * complete_matrix(table), table.columns, table)
    assert doubled.case_ids == table.case_ids
    assert doubled.frame.to_numpy().tolist() == [[2, 6], [4, 8]]


def test_infinite_values_are_refused(make_table: MakeTable) -> None:
    with pytest.raises(ValueError, match=r"infinite values, impute first: \['a.x'\]"):
        complete_matrix(make_table({"a.x": [1, np.inf], "b.y": [1, 2]}))


def test_missing_columns_are_named_together(make_table: MakeTable) -> None:
    with pytest.raises(BadInputError, match=r"COL-01.*2 columns are missing: c\.z, d\.w"):
        require_columns(make_table({"a.x": [1]}), ["d.w", "a.x", "c.z"])
