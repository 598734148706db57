"""Texture matrices: counted by hand, and sparse as dense."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics import extract
from tumorcast.radiomics.texture import matrices
from tumorcast.radiomics.texture.levels import GreyLevels, discretise
from tumorcast.radiomics.texture.matrices import count_neighbours, zone_counts, zone_of_voxels
from tumorcast.radiomics.texture.neighbours import half_offsets, neighbours_of
from tumorcast.radiomics.texture.sparse import PairCounts, counts_by_level, stable_order

PLANE = np.array([[[1, 2, 2], [1, 1, 2]]])
"""Levels of six voxels on one slice of two rows."""


def levels_of(array: np.ndarray) -> GreyLevels:
    present, rank = np.unique(array, return_inverse=True)
    return GreyLevels(rank.ravel().astype(np.int32), present.astype(np.int32))


def test_pairs_runs_and_zones_are_those_counted_by_hand() -> None:
    mask = np.ones(PLANE.shape, dtype=bool)
    neighbours = neighbours_of(mask, half_offsets((1,), fixed_axis=0))
    assert neighbours.offsets.tolist() == [[0, 1, 1], [0, 1, 0], [0, 1, -1], [0, 0, 1]]
    levels = levels_of(PLANE)
    counts = count_neighbours(levels, neighbours, longest_run=3)
    along_x = counts.pairs[3]
    pairs = dict(zip(zip(along_x.first, along_x.second, strict=True), along_x.count, strict=True))
    assert pairs == {(0, 1): 2, (1, 1): 1, (0, 0): 1}
    runs = counts.runs[3]
    found = dict(zip(zip(runs.rank, runs.size, strict=True), runs.count, strict=True))
    assert found == {(0, 1): 1, (0, 2): 1, (1, 1): 1, (1, 2): 1}
    zones = zone_counts(levels.rank, zone_of_voxels(levels.rank, neighbours.index, 1))
    assert list(zip(zones.rank, zones.size, zones.count, strict=True)) == [(0, 3, 1), (1, 3, 1)]
    assert counts.dependence.tolist() == [2, 2, 2, 2, 2, 2]
    assert counts.level_sum[0] == 2 + 1 + 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.sampled_from([(1,), (1, 2), (2,)]))
def test_sorted_counts_equal_dense_ones(
    seed: int, n_levels: int, distances: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(seed)
    array = rng.integers(1, n_levels + 1, (4, 5, 6))
    mask = rng.random(array.shape) < 0.8
    mask[1, 1, 1] = True
    levels = levels_of(array[mask])
    neighbours = neighbours_of(mask, half_offsets(distances))
    dense = count_neighbours(levels, neighbours, longest_run=6, alpha=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matrices, "DENSE_LEVELS", 0)
        sorted_ = count_neighbours(levels, neighbours, longest_run=6, alpha=1)
    np.testing.assert_array_equal(sorted_.dependence, dense.dependence)
    np.testing.assert_array_equal(sorted_.level_sum, dense.level_sum)
    for a, b in zip(sorted_.pairs, dense.pairs, strict=True):
        assert (a.first.tolist(), a.second.tolist(), a.count.tolist()) == (
            b.first.tolist(), b.second.tolist(), b.count.tolist()
        )  # fmt: skip
    for c, d in zip(sorted_.runs, dense.runs, strict=True):
        assert (c.rank.tolist(), c.size.tolist(), c.count.tolist()) == (
            d.rank.tolist(), d.size.tolist(), d.count.tolist()
        )  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 30), st.sampled_from(["int16", "float32"]))
def test_levels_are_numpys_bins(seed: int, width: float, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 40, 200).astype(dtype)
    levels = discretise(values, width=width)
    lowest = values.min()
    edges = np.arange(lowest - (lowest % width), values.max() + 2 * width, width)
    expected = np.digitize(values, edges)
    np.testing.assert_array_equal(levels.present[levels.rank], expected)


@pytest.mark.parametrize("norm", [None, "euclidean"])
def test_features_of_many_levels_do_not_depend_on_how_they_are_counted(
    ball: tuple[Volume, Mask], monkeypatch: pytest.MonkeyPatch, norm: str | None
) -> None:
    params = {"setting": {"binWidth": 2, "weightingNorm": norm}}
    dense = extract(*ball, params=params)
    monkeypatch.setattr(matrices, "DENSE_LEVELS", 4)
    monkeypatch.setattr("tumorcast.radiomics.classes.glcm.EXACT_LEVELS", 4)
    monkeypatch.setattr("tumorcast.radiomics.classes.mcc.DENSE_LEVELS", 4)
    assert extract(*ball, params=params) == pytest.approx(dense, rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 9))
def test_counting_by_level_is_counting(seed: int, n: int, span: int) -> None:
    rng = np.random.default_rng(seed)
    rank, value = rng.integers(0, 5, n), rng.integers(0, span + 1, n)
    order = stable_order(rank, np.arange(n), 5)
    assert (np.diff(rank[order]) >= 0).all()
    start = np.searchsorted(rank[order], np.arange(6))
    rows, columns, counts = counts_by_level(start, order, value, span, span)
    expected = Counter((int(a), int(b)) for a, b in zip(rank, value, strict=True) if b != span)
    assert dict(zip(zip(rows, columns, strict=True), counts, strict=True)) == expected
    assert list(zip(rows, columns, strict=True)) == sorted(expected)
    pairs = PairCounts.of_pairs(rank, value, span + 6)
    added = Counter(zip(rank.tolist(), value.tolist(), strict=True))
    assert dict(zip(zip(pairs.first, pairs.second, strict=True), pairs.count, strict=True)) == added


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 40), st.integers(1, 9))
def test_symmetrised_pairs_are_those_of_both_senses(seed: int, n: int, span: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, span, n), rng.integers(0, span, n)
    both = PairCounts.of_pairs(first, second, span).symmetrised(span)
    pairs = list(zip(both.first.tolist(), both.second.tolist(), strict=True))
    expected = Counter(zip([*first, *second], [*second, *first], strict=True))
    assert dict(zip(pairs, both.count, strict=True)) == expected
    assert pairs == sorted(expected)
