from __future__ import annotations

from pathlib import Path

import pytest

from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.tables import read_table
from tumorcast.errors import StudyRefusedError

GERMAN = "\ufeffid;Größe;CgA\n007; 61,5 ;12,25\n008;;N/A\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_an_export_of_a_german_hospital_is_read_and_echoed(tmp_path: Path, encoding: str) -> None:
    text = GERMAN if encoding == "utf-8" else GERMAN.removeprefix("\ufeff")
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    table, (echo,) = read_table(TableSource(path="t.csv"), tmp_path)
    assert table.columns == ("id", "Größe", "CgA")
    assert table.decimal == ","
    assert table.rows[0].cells == {"id": "007", "Größe": "61,5", "CgA": "12,25"}
    assert (echo.code, echo.consequence) == ("TAB-02", "repaired")
    assert "semicolon, decimal mark ','" in echo.found
    assert "2 rows with the columns 'id', 'Größe', 'CgA'" in echo.found
    assert "61,5" not in echo.found


def test_plain_utf8_with_commas_needs_no_echo(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,age\n1,61.5\n")
    table, findings = read_table(TableSource(path="t.csv"), tmp_path)
    assert findings == ()
    assert table.missing == frozenset(TableSource(path="t.csv").missing)


def test_what_is_declared_is_not_detected(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes("id|größe\nx|1,234\n".encode("cp1250"))
    source = TableSource(path="t.txt", encoding="cp1250", delimiter="|", decimal=",")
    table, _ = read_table(source, tmp_path)
    assert table.columns == ("id", "größe")
    assert table.decimal == ","


@pytest.mark.parametrize("encoding", ["ascii", "no-such-encoding"])
def test_a_wrong_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.csv").write_text("id,größe\nx,1\n", encoding="utf-8")
    with pytest.raises(StudyRefusedError, match=r"TAB-01.*not in the declared encoding"):
        read_table(TableSource(path="t.csv", encoding=encoding), tmp_path)
