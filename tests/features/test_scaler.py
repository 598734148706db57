from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tumorcast.features import FeatureTable, Scaler, state_digest
from tumorcast.features.scaler import LIMIT

MakeTable = Callable[[Mapping[str, Sequence[object]]], FeatureTable]


def test_values_become_standard_deviations_of_the_training_rows(make_table: MakeTable) -> None:
    scaler = Scaler().fit(make_table({"a.x": [1, 3], "a.y": [10, 30]}))
    scaled = scaler.transform(make_table({"a.x": [2, 4], "a.y": [0, 20]})).frame
    np.testing.assert_allclose(scaled.to_numpy(), [[0, -2], [2, 0]], atol=1e-14)


def test_a_constant_column_becomes_0_whatever_comes_later(make_table: MakeTable) -> None:
    scaler = Scaler().fit(make_table({"a.x": [0.1, 0.1, 0.1], "a.y": [0, 0, 0]}))
    scaled = scaler.transform(make_table({"a.x": [0.1, 1e6], "a.y": [1, -1]})).frame
    assert scaled.to_numpy().tolist() == [[0, 0], [0, 0]]


def test_a_wild_value_counts_no_more_than_the_limit(make_table: MakeTable) -> None:
    scaler = Scaler().fit(make_table({"a.x": [-1, 1]}))
    scaled = scaler.transform(make_table({"a.x": [1e300, -1e300, 2]}))
    assert scaled.frame["a.x"].tolist() == [LIMIT, -LIMIT, 2]


def test_columns_unknown_to_training_are_left_out(make_table: MakeTable) -> None:
    scaler = Scaler().fit(make_table({"a.x": [-1, 1]}))
    assert scaler.transform(make_table({"a.new": [1, 2], "a.x": [1, 2]})).columns == ("a.x",)


def test_missing_values_and_text_are_refused(make_table: MakeTable) -> None:
    with pytest.raises(ValueError, match=r"impute first: \['a.x'\]"):
        Scaler().fit(make_table({"a.x": [1, np.nan]}))
    with pytest.raises(ValueError, match=r"encode them first: \['a.sex'\]"):
        Scaler().fit(make_table({"a.sex": ["M", "F"]}))


@settings(max_examples=50, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 10), st.integers(1, 4)),
        elements=st.floats(-1e100, 1e100),
    )
)
@example(np.array([[0.0], [5e-324]]))
def test_scaled_columns_have_mean_0_and_deviation_1_or_0(values: np.ndarray) -> None:
    columns = [f"a.{number}" for number in range(values.shape[1])]
    table = FeatureTable(pd.DataFrame(values, [f"p{i}" for i in range(len(values))], columns))
    scaler = Scaler().fit(table)
    scaled = scaler.transform(table).frame.to_numpy()
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)
    deviation = scaled.std(axis=0)
    assert (np.isclose(deviation, 1, atol=1e-3) | np.isclose(deviation, 0, atol=1e-3)).all()
    restored = scaler.clone().restore(scaler.state())
    assert state_digest(restored.state()) == state_digest(scaler.state())
    assert restored.transform(table).frame.equals(scaler.transform(table).frame)
