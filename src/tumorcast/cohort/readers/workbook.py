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
from tumorcast.errors import BadInputError, Finding, StudyRefusedError, refuse
from tumorcast.imaging.guard import allow, guarded

WORKBOOK_SUFFIXES = {".xlsx", ".xlsm"}
MAX_UNPACKED_BYTES = 100_000_000
MAX_CELLS = 10_000_000
"""Empty ones between the filled ones count too: a sheet may claim 17 thousand million."""

_LEADING_ZEROS = re.compile(r"0+")
_BYTES_IN_A_SECOND = 2e6
"""How fast sheets are parsed at least."""


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
    with _refusing(source.path):
        names = sheet_names(path)
    with _refusing(source.path):
        lines = sheet_lines(path, _sheet_name(source, list(names)))
    return table_of(source.path, lines, missing=source.missing)


def largest_sheet(path: Path) -> tuple[str, int]:
    """Return the name of the sheet with most filled rows, and the number of sheets.

    Raises
    ------
    StudyRefusedError
        ``TAB-01`` unreadable or too large.
    """
    with _refusing(str(path)):
        sizes = {
            name: sum(1 for _, cells in sheet_lines(path, name) if any(cells))
            for name in sheet_names(path)
        }
    return max(sizes, key=lambda name: sizes[name]), len(sizes)


@guarded
def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets.

    Raises
    ------
    BadInputError
        ``TAB-01`` unreadable or too large; ``LIM-..`` as `tumorcast.imaging.guard.guarded`.
    """
    with _opened(path) as book:
        names = tuple(str(name) for name in book.sheetnames)
    if not names:
        raise _unreadable(path, "it has no sheet")
    return names


@guarded
def sheet_lines(path: Path, name: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return a sheet's rows with their numbers, which begin with 1; raises as `sheet_names`."""
    with _opened(path) as book:
        return _lines(path, book[name])


@contextmanager
def _refusing(file: str) -> Iterator[None]:
    """Refuse the study when its table cannot be read."""
    try:
        yield
    except BadInputError as error:
        finding = error.finding
        raise refuse(
            "TAB-01",
            f"the workbook cannot be read ({finding.found})",
            expected=f"an .xlsx file of at most {MAX_UNPACKED_BYTES / 1e6:.0f} MB when unpacked",
            fix="save it again as .xlsx, or export the sheet as CSV",
            file=file,
        ) from None


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import openpyxl  # noqa: PLC0415  (slow to import)

    _refuse_bombs(path)
    book = None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        yield book
    except (BadInputError, PermissionError, MemoryError):
        raise
    except Exception as error:  # cells are parsed late, and a damaged file may raise anything
        raise _unreadable(path, type(error).__name__) from None
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


def _lines(path: Path, sheet: Any) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the rows as they are, whatever size the sheet claims, all as long as the longest."""
    sheet.reset_dimensions()
    lines: list[list[str]] = []
    n_cells = 0
    for row in sheet.iter_rows():
        n_cells += max(len(row), 1)
        if n_cells > MAX_CELLS:
            raise _unreadable(path, f"more than {MAX_CELLS:,} cells")
        lines.append([_text(cell.value, getattr(cell, "number_format", "")) for cell in row])
    width = max(map(len, lines), default=0)
    if width * len(lines) > MAX_CELLS:
        raise _unreadable(path, f"{len(lines):,} rows of {width:,} cells")
    return tuple(
        (number, (*cells, *[""] * (width - len(cells)))) for number, cells in enumerate(lines, 1)
    )


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


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (OSError, NotImplementedError, ValueError, zipfile.BadZipFile) as error:
        raise _unreadable(path, type(error).__name__) from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise _unreadable(path, f"it unpacks to {unpacked / 1e6:.0f} MB")
    allow(seconds=unpacked / _BYTES_IN_A_SECOND)


def _unreadable(path: Path, why: str) -> BadInputError:
    return BadInputError("TAB-01", why, expected="", fix="", file=str(path))
