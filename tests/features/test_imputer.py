from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tumorcast.errors import BadInputError
from tumorcast.features import FeatureTable, Imputer, state_digest

MakeTable = Callable[[Mapping[str, Sequence[object]]], FeatureTable]
NAN = np.nan


def test_a_missing_number_becomes_the_median_and_is_marked(make_table: MakeTable) -> None:
    table = make_table({"clinical.age": [50, 70, NAN, 90, 40]})
    filled = Imputer().fit(table).transform(table).frame
    assert filled["clinical.age"].tolist() == [50, 70, 60, 90, 40]
    assert filled["clinical.age.missing"].tolist() == [0, 0, 1, 0, 0]


def test_an_infinite_number_counts_as_missing(make_table: MakeTable) -> None:
    table = make_table({"ct.ratio": [1, np.inf, 3, -np.inf]})
    filled = Imputer().fit(table).transform(table).frame
    assert filled["ct.ratio"].tolist() == [1, 2, 3, 2]
    assert filled["ct.ratio.missing"].tolist() == [0, 1, 0, 1]


def test_a_category_missing_in_training_has_a_level_of_its_own(make_table: MakeTable) -> None:
    train = make_table({"clinical.hpv": ["pos", None, "neg", "pos"]})
    imputer = Imputer().fit(train)
    filled = imputer.transform(train).frame
    assert filled["clinical.hpv"].tolist() == ["pos", "missing", "neg", "pos"]
    assert filled.columns.tolist() == ["clinical.hpv"]


def test_a_category_never_missing_in_training_gets_the_most_frequent(make_table: MakeTable) -> None:
    imputer = Imputer().fit(make_table({"clinical.sex": ["M", "F", "M", "F", "M"]}))
    filled = imputer.transform(make_table({"clinical.sex": [None, "F"]})).frame
    assert filled["clinical.sex"].tolist() == ["M", "F"]


def test_equally_frequent_levels_are_broken_by_the_alphabet(make_table: MakeTable) -> None:
    imputer = Imputer().fit(make_table({"clinical.sex": ["M", "F", "M", "F"]}))
    assert imputer.fills_ == {"clinical.sex": "F"}


def test_a_missing_modality_has_one_indicator(make_table: MakeTable) -> None:
    names = [f"pt.{region}.f{number}" for region in ("tumor", "ring") for number in range(50)]
    features = {name: [1.0, NAN, 3.0, NAN] for name in names}
    table = make_table({"ct.tumor.a": [1, 2, 3, 4], **features})
    filled = Imputer().fit(table).transform(table).frame
    assert filled.columns.tolist() == [*table.columns, "pt.missing"]
    assert filled["pt.missing"].tolist() == [0, 1, 0, 1]


def test_columns_without_information_are_left_out_and_listed(make_table: MakeTable) -> None:
    table = make_table(
        {
            "lab.empty": [NAN, NAN, NAN],
            "lab.constant": [0.1 + 0.2, 0.3, 0.3],
            "lab.constant_gaps": [5, NAN, 5],
            "clinical.same": ["x", "x", "x"],
            "clinical.known_or_not": ["x", None, "x"],
            "lab.kept": [1, 2, 3],
        }
    )
    frame = table.frame.assign(**{"clinical.none": pd.Series([None] * 3, table.frame.index)})
    imputer = Imputer().fit(FeatureTable(frame.astype({"clinical.none": object})))
    assert imputer.dropped_ == {
        "lab.empty": "no value",
        "lab.constant": "one value",
        "lab.constant_gaps": "one value",
        "clinical.same": "one value",
        "clinical.none": "no value",
    }
    assert imputer.transform(table).columns == ("clinical.known_or_not", "lab.kept")


def test_the_median_comes_from_the_training_rows_only(make_table: MakeTable) -> None:
    imputer = Imputer().fit(make_table({"lab.cga": [1, 2, 3]}))
    filled = imputer.transform(make_table({"lab.cga": [NAN, 100, 200]}))
    assert filled.frame["lab.cga"].tolist() == [2, 100, 200]


def test_a_modality_never_missing_in_training_may_miss_at_prediction(make_table: MakeTable) -> None:
    imputer = Imputer().fit(make_table({"pt.a": [1, 2, 4], "pt.b": [3, 5, 4]}))
    filled = imputer.transform(make_table({"pt.a": [NAN], "pt.b": [NAN]}))
    assert filled.frame.to_numpy().tolist() == [[2, 4]]


def test_the_order_of_the_columns_stays(make_table: MakeTable) -> None:
    columns: dict[str, Sequence[object]] = {
        "clinical.sex": ["M", "F", None],
        "ct.a": [1, 2, NAN],
        "clinical.age": [1, 2, 3],
    }
    table = make_table(columns)
    assert Imputer().fit(table).transform(table).columns == (*columns, "ct.a.missing")


def test_a_state_brings_the_imputer_back(make_table: MakeTable) -> None:
    table = make_table({"a.x": [1, NAN, 3, 8], "b.y": ["u", None, "v", "u"], "c.z": [1, 1, 1, 1]})
    imputer = Imputer().fit(table)
    restored = imputer.clone().restore(imputer.state())
    assert restored.transform(table).frame.equals(imputer.transform(table).frame)
    assert state_digest(restored.state()) == state_digest(imputer.state())


def test_missing_columns_are_refused_all_at_once(make_table: MakeTable) -> None:
    imputer = Imputer().fit(make_table({"a.x": [1, 2], "a.y": [1, 2], "a.z": ["p", "q"]}))
    with pytest.raises(BadInputError, match=r"COL-01.*2 columns are missing: a\.x, a\.z"):
        imputer.transform(make_table({"a.y": [1, 2]}))


def test_another_kind_of_value_is_refused(make_table: MakeTable) -> None:
    imputer = Imputer().fit(make_table({"a.age": [1, 2], "a.stage": ["I", "II"]}))
    with pytest.raises(BadInputError, match=r"COL-02.*text in \['a.age'\] and numbers in"):
        imputer.transform(make_table({"a.age": ["old", "1"], "a.stage": [1, 2]}))


def test_an_empty_column_of_the_other_kind_is_just_missing(make_table: MakeTable) -> None:
    imputer = Imputer().fit(make_table({"a.age": [1, 2, 3], "a.stage": ["I", "II", "II"]}))
    empty = make_table({"a.age": [NAN], "a.stage": [NAN]})
    frame = empty.frame.assign(**{"a.age": pd.Series([None], empty.frame.index, dtype=object)})
    filled = imputer.transform(FeatureTable(frame)).frame
    assert filled.iloc[0].tolist() == [2.0, "II"]


@settings(max_examples=50, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 12), st.integers(1, 6)),
        elements=st.one_of(st.floats(-1e9, 1e9), st.sampled_from([NAN, np.inf, -np.inf, 0.0, 1.0])),
    )
)
def test_nothing_is_missing_afterwards_and_known_values_stay(values: np.ndarray) -> None:
    columns = [f"ct.f{number}" for number in range(values.shape[1])]
    index = [f"p{number}" for number in range(len(values))]
    table = FeatureTable(pd.DataFrame(values, index, columns))
    imputer = Imputer().fit(table)
    filled = imputer.transform(table)
    assert np.isfinite(filled.frame.to_numpy(dtype=np.float64)).all()
    assert set(columns) <= set(filled.columns) | set(imputer.dropped_)
    for name in imputer.numbers_:
        known = np.isfinite(table.frame[name])
        assert (filled.frame[name][known] == table.frame[name][known]).all()
        assert filled.frame[name].median() == pytest.approx(table.frame[name][known].median())
