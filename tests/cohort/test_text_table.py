from __future__ import annotations

import pytest

from tumorcast.cohort.text_table import require_columns, table_of
from tumorcast.errors import StudyRefusedError


def test_cells_are_trimmed_and_rows_keep_their_place() -> None:
    table = table_of("t.csv", [(1, [" id ", "age"]), (2, [""]), (3, [" 007 ", "61 "])])
    assert table.columns == ("id", "age")
    assert [row.number for row in table.rows] == [3]
    assert table.rows[0].cells == {"id": "007", "age": "61"}
    assert table.values("age") == ("61",)


def test_empty_columns_without_a_name_are_dropped_and_filled_ones_named_by_place() -> None:
    lines = [(1, ["", "id", "", ""]), (2, ["0", "a", "x", ""])]
    assert table_of("t.csv", lines).columns == ("column 1", "id", "column 3")
    assert table_of("t.csv", lines).rows[0].n_cells == 3


def test_rows_of_another_width_are_told_apart() -> None:
    table = table_of(
        "t.csv", [(1, ["id", "age"]), (2, ["a"]), (3, ["b", "1", "2"]), (4, ["c", "1", ""])]
    )
    assert [row.n_cells for row in table.rows] == [1, 3, 2]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "no row below its header"),
        ([(1, ["id", "age"]), (2, ["", " "])], "no row below its header"),
        ([(1, ["id", "age", "age"]), (2, ["a", "1", "2"])], "'age' more than once"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(
    lines: list[tuple[int, list[str]]], words: str
) -> None:
    with pytest.raises(StudyRefusedError, match=f"TAB-05.*{words}"):
        table_of("t.csv", lines)


def test_all_absent_columns_are_named_at_once_with_their_likes() -> None:
    table = table_of("t.csv", [(1, ["id", "Alter"]), (2, ["a", "1"])])
    require_columns({"cohort.id": "id"}, [table])
    with pytest.raises(StudyRefusedError) as caught:
        require_columns({"cohort.id": "ID", "columns.x": "qqq", "y": "id"}, [table])
    first, second = caught.value.findings
    assert (first.code, first.fix) == ("TAB-04", "did you mean 'id'?")
    assert second.fix == "name one of: id, Alter"
