from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata, spearmanr

from tumorcast.cohort import BinaryTarget
from tumorcast.features import CorrelationFilter, FeatureTable
from tumorcast.features.correlation import centred_ranks, spearman

MakeTable = Callable[[Mapping[str, Sequence[object]]], FeatureTable]
Noise = Callable[[int, int], tuple[FeatureTable, BinaryTarget]]


def test_of_two_that_say_the_same_the_first_stays(make_table: MakeTable) -> None:
    volume = np.array([1.0, 2.0, 5.0, 9.0, 12.0])
    table = make_table(
        {
            "ct.shape_volume": volume.tolist(),
            "ct.glcm_noise": [3, 1, 2, 5, 4],
            "ct.firstorder_energy": np.exp(volume).tolist(),
            "ct.shape_minus": (-volume).tolist(),
        }
    )
    selector = CorrelationFilter(0.9).fit(table, None, seed=0)
    assert selector.kept_ == ["ct.shape_volume", "ct.glcm_noise"]


def test_a_column_left_out_leaves_no_other_out(make_table: MakeTable) -> None:
    """B repeats A and C repeats B, but C does not repeat A: only B goes."""
    a = [1, 2, 3, 4, 5, 6, 7, 8]
    b = [1, 2, 4, 3, 5, 6, 8, 7]
    c = [2, 1, 4, 3, 6, 5, 8, 7]
    table = make_table({"x.a": a, "x.b": b, "x.c": c})
    correlation = spearman(table.frame.to_numpy())
    threshold = float(correlation[0, 2]) + 1e-9
    assert correlation[0, 1] > threshold
    assert correlation[1, 2] > threshold
    assert CorrelationFilter(threshold).fit(table, None, seed=0).kept_ == ["x.a", "x.c"]


def test_a_correlation_at_the_threshold_is_allowed(make_table: MakeTable) -> None:
    table = make_table({"x.a": [1, 2, 3], "x.b": [1, 3, 2]})
    assert CorrelationFilter(0.5).fit(table, None, seed=0).kept_ == ["x.a", "x.b"]


def test_a_constant_column_correlates_with_nothing() -> None:
    correlation = spearman(np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]))
    assert correlation.tolist() == [[pytest.approx(1), 0], [0, 0]]


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, (9, 4), elements=st.integers(-3, 3).map(float)))
def test_ranks_are_those_of_scipy_and_whole(values: np.ndarray) -> None:
    ranks = centred_ranks(values)
    assert (ranks == 2 * rankdata(values, axis=0) - 10).all()
    assert (ranks == np.round(ranks)).all()


def test_correlations_are_those_of_scipy() -> None:
    random = np.random.default_rng(0)
    values = np.round(random.normal(size=(50, 6)), 1)
    np.testing.assert_allclose(spearman(values), spearmanr(values).statistic, atol=1e-12)


def test_the_order_of_the_rows_does_not_matter_in_the_last_bit() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(200, 20))
    order = random.permutation(200)
    assert np.array_equal(spearman(values), spearman(values[order]))


def test_no_two_kept_columns_are_above_the_threshold(noise: Noise) -> None:
    table, _ = noise(12, 60)
    kept = CorrelationFilter(0.6).fit(table, None, seed=0).transform(table)
    correlation = np.abs(spearman(kept.frame.to_numpy()))
    np.fill_diagonal(correlation, 0)
    assert 1 < len(kept.columns) < 60
    assert correlation.max() <= 0.6
