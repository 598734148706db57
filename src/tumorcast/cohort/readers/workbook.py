"""Sheets of Excel workbooks (.xlsx)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.text_table import TextTable, table_of
from tumorcast.errors import Finding, StudyRefusedError, refuse

WORKBOOK_SUFFIXES = {".xlsx", ".xlsm"}
MAX_UNPACKED_BYTES = 500_000_000
_LEADING_ZEROS = re.compile(r"0+")


def read_workbook(source: TableSource, path: Path) -> TextTable:
    """Read a sheet; cells become the text that the sheet shows.

    Whole numbers lose the ``.0`` that Excel stores, numbers formatted with leading zeros keep
    them, dates become ISO 8601, and a formula gives the value that was last computed.

    Raises
    ------
    StudyRefusedError
        ``TAB-01`` unreadable or too large, ``TAB-03`` several sheets and none chosen, ``TAB-05``
        empty or with a column twice.
    """
    with _opened(source.path, path) as book:
        lines = list(_lines(book[_sheet_name(source, book.sheetnames)]))
    return table_of(source.path, lines, missing=source.missing)


def largest_sheet(path: Path) -> tuple[str, int]:
    """Return the name of the sheet with most filled rows, and the number of sheets.

    Raises
    ------
    StudyRefusedError
        ``TAB-01`` unreadable or too large.
    """
    with _opened(str(path), path) as book:
        sizes = {
            name: sum(1 for _, cells in _lines(book[name]) if any(cells))
            for name in book.sheetnames
        }
    return max(sizes, key=lambda name: sizes[name]), len(sizes)


@contextmanager
def _opened(file: str, path: Path) -> Iterator[Any]:
    import openpyxl  # noqa: PLC0415  (slow to import)

    _refuse_bombs(file, path)
    book = None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        yield book
    except (StudyRefusedError, PermissionError, MemoryError):
        raise
    except Exception as error:  # cells are parsed late, and a damaged file may raise anything
        raise _unreadable(file, type(error).__name__) from None
    finally:
        if book is not None:
            book.close()


def _sheet_name(source: TableSource, names: list[str]) -> str:
    if source.sheet in names:
        return str(source.sheet)
    if source.sheet is None and len(names) == 1:
        return names[0]
    found = f"there is no sheet '{source.sheet}'" if source.sheet else f"{len(names)} sheets"
    raise StudyRefusedError(
        [
            Finding(
                "TAB-03",
                "ask",
                found,
                f"one of {', '.join(repr(name) for name in names)}",
                f'name it: {{path: "{source.path}", sheet: "{names[0]}"}}',
                file=source.path,
            )
        ]
    )


def _lines(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, [_text(cell.value, getattr(cell, "number_format", "")) for cell in row]


def _text(value: object, number_format: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int) and _LEADING_ZEROS.fullmatch(number_format):
        return str(value).zfill(len(number_format))
    if isinstance(value, datetime):
        whole_day = value.time() == time.min
        return value.date().isoformat() if whole_day else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _refuse_bombs(file: str, path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise _unreadable(file, str(error)) from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise _unreadable(file, f"it unpacks to {unpacked / 1e6:.0f} MB")


def _unreadable(file: str, why: str) -> StudyRefusedError:
    return refuse(
        "TAB-01",
        f"the workbook cannot be read ({why})",
        expected=f"an .xlsx file of at most {MAX_UNPACKED_BYTES / 1e6:.0f} MB when unpacked",
        fix="save it again as .xlsx, or export the sheet as CSV",
        file=file,
    )
