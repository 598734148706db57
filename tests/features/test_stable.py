from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tumorcast.features import FeatureTable, MappedArray, PerturbedBlock, StableSelector
from tumorcast.features.stable import agreement

COLUMNS = ["ct.tumor.steady", "ct.tumor.shaky", "ct.tumor.constant", "clinical.age"]


def table_of(n: int = 40, seed: int = 0) -> FeatureTable:
    random = np.random.default_rng(seed)
    values = random.normal(size=(n, len(COLUMNS)))
    values[:, 2] = 1.0
    again = values[:, np.newaxis, :3].repeat(5, axis=1)
    again[..., 0] += random.normal(0, 0.1, (n, 5))
    again[..., 1] += random.normal(0, 3.0, (n, 5))
    index = [f"case {number:02d}" for number in range(n)]
    return FeatureTable(
        pd.DataFrame(values, index, COLUMNS), (PerturbedBlock.of(again, COLUMNS[:3]),)
    )


def test_what_perturbations_hardly_change_is_kept_and_what_was_not_perturbed() -> None:
    table = table_of()
    assert StableSelector(0.75).fit(table, None, seed=0).kept_ == [COLUMNS[0], COLUMNS[3]]
    found = agreement(table)
    assert found[COLUMNS[0]] == pytest.approx(1 / 1.01, abs=0.01)
    assert found[COLUMNS[1]] == pytest.approx(1 / 10, abs=0.12)
    assert np.isnan(found[COLUMNS[2]])


def test_where_nothing_is_stable_the_best_is_kept() -> None:
    table = table_of().select(["ct"])
    assert StableSelector(0.999).fit(table, None, seed=0).kept_ == [COLUMNS[0]]


def test_without_perturbations_everything_is_kept() -> None:
    table = FeatureTable(table_of().frame)
    assert StableSelector().fit(table, None, seed=0).kept_ == COLUMNS


def test_other_rows_do_not_matter() -> None:
    table = table_of()
    rows = np.arange(0, 40, 2)
    poisoned = table.perturbed[0].load(COLUMNS[:3])
    poisoned[1::2] = np.random.default_rng(9).normal(size=poisoned[1::2].shape) * 1e6
    poisoned[1, 2] = np.nan
    other = FeatureTable(table.frame, (PerturbedBlock.of(poisoned, COLUMNS[:3]),))
    assert agreement(table.rows(rows)) == pytest.approx(
        agreement(other.rows(rows)), rel=0, abs=0, nan_ok=True
    )


def test_the_order_of_the_rows_changes_no_bit() -> None:
    table = table_of()
    order = np.random.default_rng(3).permutation(40)
    limit = agreement(table)[COLUMNS[0]]  # a bit less would drop the column
    for rows in (np.arange(40), order):
        selector = StableSelector(limit).fit(table.rows(rows), None, seed=0)
        assert COLUMNS[0] in selector.kept_


def test_a_block_in_a_file_gives_what_one_in_memory_gives(tmp_path: Path) -> None:
    values: NDArray[np.float64] = np.random.default_rng(0).normal(size=(6, 3, 4))
    np.save(tmp_path / "again.npy", values)
    mapped = PerturbedBlock.of(MappedArray(tmp_path / "again.npy"), list("abcd"))
    rows = np.array([4, 1])
    expected = values[rows][:, :, [3, 0]]
    assert np.array_equal(mapped.rows(rows).load(["d", "a"]), expected)
    assert np.array_equal(PerturbedBlock.of(values, "abcd").rows(rows).load(["d", "a"]), expected)


def test_blocks_go_with_their_table() -> None:
    table = table_of()
    assert len(table.rows(np.arange(3)).perturbed[0]) == 3
    joined = table.select(["ct"]).join(FeatureTable(table.frame[["clinical.age"]]))
    assert joined.perturbed == table.perturbed
    with pytest.raises(ValueError, match="rows of their table"):
        FeatureTable(table.frame.iloc[:5], table.perturbed)
