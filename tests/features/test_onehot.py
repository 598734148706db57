from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from tumorcast.errors import BadInputError
from tumorcast.features import FeatureTable, OneHot, state_digest

MakeTable = Callable[[Mapping[str, Sequence[object]]], FeatureTable]


def test_every_level_gets_a_column_in_place(make_table: MakeTable) -> None:
    table = make_table({"c.age": [1, 2, 3], "c.sex": ["M", "F", "M"], "c.bmi": [4, 5, 6]})
    encoded = OneHot(min_rows=1).fit(table).transform(table).frame
    assert encoded.columns.tolist() == ["c.age", "c.sex=F", "c.sex=M", "c.bmi"]
    assert encoded.to_numpy().tolist() == [[1, 0, 1, 4], [2, 1, 0, 5], [3, 0, 1, 6]]


def test_rare_levels_are_pooled_and_take_unseen_ones(make_table: MakeTable) -> None:
    train = make_table({"c.site": ["leg"] * 5 + ["arm"] * 6 + ["eye", "ear"]})
    encoder = OneHot(min_rows=5).fit(train)
    encoded = encoder.transform(make_table({"c.site": ["leg", "ear", "toe"]})).frame
    assert encoded.columns.tolist() == ["c.site=arm", "c.site=leg", "c.site=other"]
    assert encoded.to_numpy().tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_without_a_pool_an_unseen_level_is_0_in_every_column(make_table: MakeTable) -> None:
    encoder = OneHot(min_rows=1).fit(make_table({"c.sex": ["M", "F"]}))
    encoded = encoder.transform(make_table({"c.sex": ["X", "M"]})).frame
    assert encoded.to_numpy().tolist() == [[0, 0], [0, 1]]


def test_unseen_levels_are_named_and_rare_ones_are_not_unseen(make_table: MakeTable) -> None:
    train = make_table({"c.site": ["leg", "leg", "arm", "arm", "eye"], "c.sex": list("MFMFM")})
    encoder = OneHot(min_rows=2).fit(train)
    new = make_table({"c.site": ["eye", "toe", "leg"], "c.sex": ["M", "F", "M"]})
    assert encoder.unseen(new) == {"c.site": ["toe"]}


def test_free_text_is_left_out_and_listed(make_table: MakeTable) -> None:
    notes = [f"note {number}" for number in range(8)]
    table = make_table({"c.note": notes, "c.sex": ["M", "F"] * 4})
    encoder = OneHot(min_rows=3).fit(table)
    assert encoder.dropped_ == {"c.note": "no second level in 3 rows or more"}
    assert encoder.transform(table).columns == ("c.sex=F", "c.sex=M")


def test_a_level_that_is_called_other_joins_the_pool(make_table: MakeTable) -> None:
    train = make_table({"c.hist": ["a"] * 3 + ["other"] * 3 + ["b"]})
    encoder = OneHot(min_rows=2).fit(train)
    encoded = encoder.transform(make_table({"c.hist": ["other", "b", "a"]})).frame
    assert encoded["c.hist=other"].tolist() == [1, 1, 0]
    assert encoded.columns.tolist() == ["c.hist=a", "c.hist=other"]


def test_a_state_brings_the_encoder_back(make_table: MakeTable) -> None:
    table = make_table({"c.site": ["leg"] * 3 + ["arm"] * 3 + ["eye"], "c.id": list("abcdefg")})
    encoder = OneHot(min_rows=3).fit(table)
    restored = encoder.clone().restore(encoder.state())
    assert restored.min_rows == 3
    assert restored.transform(table).frame.equals(encoder.transform(table).frame)
    assert restored.unseen(table) == encoder.unseen(table) == {}
    assert state_digest(restored.state()) == state_digest(encoder.state())


def test_missing_categories_are_refused(make_table: MakeTable) -> None:
    with pytest.raises(ValueError, match=r"'c.sex' has missing values, impute first"):
        OneHot().fit(make_table({"c.sex": ["M", None]}))


def test_a_missing_column_is_refused(make_table: MakeTable) -> None:
    encoder = OneHot(min_rows=1).fit(make_table({"c.sex": ["M", "F"]}))
    with pytest.raises(BadInputError, match=r"COL-01.*c\.sex"):
        encoder.transform(make_table({"c.age": [1, 2]}))
