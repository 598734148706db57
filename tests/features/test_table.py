from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from tumorcast.features import ColumnName, FeatureTable

MakeTable = Callable[[Mapping[str, Sequence[object]]], FeatureTable]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("ct.tumor.wavelet-LLH_glcm_Contrast", ("ct", "tumor", "wavelet-LLH", "glcm", "Contrast")),
        ("pt.shell_0_5mm.original_firstorder_10Percentile",
         ("pt", "shell_0_5mm", "original", "firstorder", "10Percentile")),
        ("ct.tumor.log-sigma-1-0-mm-3D_glrlm_RunEntropy",
         ("ct", "tumor", "log-sigma-1-0-mm-3D", "glrlm", "RunEntropy")),
        ("clinical.age", ("clinical", "", "", "", "age")),
        ("lab.gamma_gt", ("lab", "", "", "", "gamma_gt")),
    ],
)  # fmt: skip
def test_a_name_is_taken_apart(name: str, parts: tuple[str, ...]) -> None:
    assert ColumnName.parse(name) == ColumnName(*parts)


def test_blocks_are_prefixes_that_end_at_a_dot_or_globs(make_table: MakeTable) -> None:
    names = ["ct.tumor.a", "ct.tumor2.a", "ct.shell_0_5mm.b", "pt.tumor.a", "clinical.age"]
    table = make_table({name: [1.0] for name in names})
    assert table.select(["ct.tumor"]).columns == ("ct.tumor.a",)
    assert table.select(["clinical", "ct"]).columns == (*names[:3], "clinical.age")
    assert table.select(["ct.shell_*"]).columns == ("ct.shell_0_5mm.b",)
    assert table.select(["*.a"]).columns == ("ct.tumor.a", "ct.tumor2.a", "pt.tumor.a")
    assert table.select(["clinical.age"]).columns == ("clinical.age",)
    assert table.select([]).columns == ()


def test_rows_come_in_the_order_asked_for(make_table: MakeTable) -> None:
    table = make_table({"a.x": [1, 2, 3]})
    assert table.rows(np.array([2, 0])).case_ids == ("p002", "p000")


def test_tables_of_the_same_cases_join(make_table: MakeTable) -> None:
    left, right = make_table({"a.x": [1, 2]}), make_table({"b.y": ["u", "v"]})
    assert left.join(right).columns == ("a.x", "b.y")
    with pytest.raises(ValueError, match="different cases"):
        left.join(right.rows(np.array([1, 0])))


def test_repeated_names_are_refused() -> None:
    with pytest.raises(ValueError, match="case ids must be unique"):
        FeatureTable(pd.DataFrame({"a": [1.0, 2.0]}, ["p", "p"]))
    with pytest.raises(ValueError, match="column names must be unique"):
        FeatureTable(pd.DataFrame([[1.0, 2.0]], ["p"], ["a", "a"]))
