from __future__ import annotations

import numpy as np

from tumorcast.features.missing import group_is_missing, indicator_names, missing_groups

COLUMNS = ["clinical.age", "clinical.bmi", "pt.tumor.a", "pt.tumor.b", "pt.ring.a"]
MISSING = np.array(
    [
        [0, 1, 1, 1, 1],
        [0, 0, 1, 1, 1],
        [0, 1, 0, 1, 0],
        [0, 0, 0, 0, 0],
    ],
    dtype=bool,
)


def test_columns_missing_in_the_same_rows_share_a_group() -> None:
    assert missing_groups(MISSING).tolist() == [-1, 0, 1, 2, 1]


def test_a_group_is_named_after_the_block_that_is_missing_in_its_rows() -> None:
    groups = missing_groups(MISSING)
    names = indicator_names(MISSING, COLUMNS, groups)
    assert names == ["clinical.bmi.missing", "pt.missing", "pt.tumor.b.missing"]


def test_columns_that_share_rows_by_chance_are_named_after_the_first() -> None:
    missing = np.array([[1, 1, 0], [0, 0, 0]], dtype=bool)
    columns = ["clinical.age", "clinical.bmi", "clinical.dose"]
    names = indicator_names(missing, columns, missing_groups(missing))
    assert names == ["clinical.age.missing"]


def test_columns_of_different_sources_have_no_block_in_common() -> None:
    missing = np.array([[1, 1], [0, 0]], dtype=bool)
    columns = ["ct.volume", "pt.volume"]
    assert indicator_names(missing, columns, missing_groups(missing)) == ["ct.volume.missing"]


def test_an_indicator_is_1_only_where_the_whole_group_is_missing() -> None:
    groups = np.array([-1, 0, 1, 2, 1])
    one_of_two = np.array([[False, False, True, False, False], [True, True, True, False, True]])
    assert group_is_missing(one_of_two, groups, 3).tolist() == [[0, 0, 0], [1, 1, 0]]


def test_without_missing_values_there_is_no_group() -> None:
    missing = np.zeros((3, 2), dtype=bool)
    groups = missing_groups(missing)
    assert groups.tolist() == [-1, -1]
    assert indicator_names(missing, ["a", "b"], groups) == []
    assert group_is_missing(missing, groups, 0).shape == (3, 0)
