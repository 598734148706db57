from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from tumorcast.cohort.readers import workbook
from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.tables import read_table
from tumorcast.errors import StudyRefusedError
from tumorcast.imaging.guard import unguarded


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "patients"
    sheet.append(["id", "age", "flag", "day", "moment", "note"])
    sheet.append([7, 61.0, True, date(2020, 3, 4), datetime(2020, 3, 4, 5, 6), " x "])
    sheet["A2"].number_format = "000"
    sheet.append(["008", 0.1, False, None, None, None])
    path = tmp_path / "book.xlsx"
    made.save(path)
    made.create_sheet("glossary").append(["term"])
    made.save(tmp_path / "two.xlsx")
    return path


def test_cells_become_the_text_that_the_sheet_shows(book: Path) -> None:
    table, findings = read_table(TableSource(path=book.name), book.parent)
    assert findings == ()
    assert table.rows[0].cells == {
        "id": "007",
        "age": "61",
        "flag": "TRUE",
        "day": "2020-03-04",
        "moment": "2020-03-04 05:06:00",
        "note": "x",
    }
    assert list(table.rows[1].cells.values()) == ["008", "0.1", "FALSE", "", "", ""]
    assert [row.number for row in table.rows] == [2, 3]


def test_one_of_several_sheets_must_be_named(book: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"TAB-03.*2 sheets.*'patients', 'glossary'"):
        read_table(TableSource(path="two.xlsx"), book.parent)
    with pytest.raises(StudyRefusedError, match="no sheet 'pateints'"):
        read_table(TableSource(path="two.xlsx", sheet="pateints"), book.parent)
    table, _ = read_table(TableSource(path="two.xlsx", sheet="patients"), book.parent)
    assert table.values("id") == ("007", "008")
    assert workbook.largest_sheet(book.parent / "two.xlsx") == ("patients", 2)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("id,age\n1,2\n")
    with zipfile.ZipFile(tmp_path / "empty.xlsx", "w") as archive:
        archive.writestr("nothing.txt", "of ours")
    raw = bytearray((tmp_path / "empty.xlsx").read_bytes())
    raw[raw.index(b"PK\1\2") + 6] = 252  # a version of the format that does not exist
    (tmp_path / "newer.xlsx").write_bytes(raw)
    for name in ("text.xlsx", "empty.xlsx", "newer.xlsx"):
        with pytest.raises(StudyRefusedError, match=r"TAB-01.*cannot be read"):
            read_table(TableSource(path=name), tmp_path)


def remade(path: Path, old: bytes, new: bytes, sheet: str = "xl/worksheets/sheet1.xml") -> None:
    """Change the text of a member, by default the first sheet."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert old in members[sheet]
    members[sheet] = members[sheet].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def test_a_workbook_without_sheets_is_refused(book: Path) -> None:
    remade(book, b"sheets>", b"sheeps>", "xl/workbook.xml")
    with pytest.raises(StudyRefusedError, match=r"TAB-01.*it has no sheet"):
        read_table(TableSource(path=book.name), book.parent)


def test_a_bomb_is_refused_before_it_is_unpacked(book: Path) -> None:
    remade(book, b"</sheetData>", b"</sheetData>" + b" " * 101_000_000)
    assert book.stat().st_size < 200_000
    with pytest.raises(StudyRefusedError, match=r"TAB-01.*it unpacks to 101 MB"):
        read_table(TableSource(path=book.name), book.parent)


def test_a_sheet_of_endless_empty_rows_is_refused(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_CELLS", 1000)
    remade(book, b"</sheetData>", b'<row r="5000"><c r="A5000"><v>1</v></c></row></sheetData>')
    with unguarded(), pytest.raises(StudyRefusedError, match=r"TAB-01.*more than 1,000 cells"):
        read_table(TableSource(path=book.name), book.parent)


def test_a_sheet_that_is_too_wide_for_its_rows_is_refused(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_CELLS", 1000)
    remade(book, b"</sheetData>", b'<row r="50"><c r="AZ50"><v>1</v></c></row></sheetData>')
    with unguarded(), pytest.raises(StudyRefusedError, match="50 rows of 52 cells"):
        read_table(TableSource(path=book.name), book.parent)


@pytest.mark.parametrize("claimed", [b"A1", b"A1:XFD1048576"])
def test_the_size_that_a_sheet_claims_does_not_count(book: Path, claimed: bytes) -> None:
    sound, _ = read_table(TableSource(path=book.name), book.parent)
    remade(book, b'ref="A1:F3"', b'ref="' + claimed + b'"')
    table, _ = read_table(TableSource(path=book.name), book.parent)
    assert table == sound


def test_entities_that_multiply_are_refused(book: Path) -> None:
    declared = b"".join(
        b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10 if i else b"a" * 100) for i in range(9)
    )
    remade(book, b"<worksheet", b"<!DOCTYPE x [" + declared + b"]><worksheet")
    remade(book, b"<v>0.1</v>", b"<v>&e8;</v>")
    with pytest.raises(StudyRefusedError, match=r"TAB-01.*cannot be read \("):
        read_table(TableSource(path=book.name), book.parent)
