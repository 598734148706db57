"""A table as it was written: named columns of trimmed text, and where each row stood."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tumorcast.errors import Finding, StudyRefusedError, refuse


@dataclass(frozen=True)
class TextRow:
    """One row.

    Parameters
    ----------
    number
        Line of the file or row of the sheet, counted as an editor shows it: the header is 1.
    cells
        Trimmed text by column name.
    n_cells
        How many cells the row really has; another number than the header's means broken quoting.
    """

    number: int
    cells: Mapping[str, str]
    n_cells: int


@dataclass(frozen=True)
class TextTable:
    """Rows of text with the names of their columns.

    Parameters
    ----------
    file
        Path as the user knows it.
    decimal
        Decimal mark of its numbers.
    missing
        Cell texts that mean "not known", beside the empty one.
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[TextRow, ...]
    decimal: str = "."
    missing: frozenset[str] = frozenset()

    def values(self, column: str) -> tuple[str, ...]:
        """Return a column's cells from top to bottom."""
        return tuple(row.cells[column] for row in self.rows)


def table_of(
    file: str,
    lines: Iterable[tuple[int, Sequence[str]]],
    *,
    decimal: str = ".",
    missing: Iterable[str] = (),
) -> TextTable:
    """Return a table from numbered lines of cells, the first of which is the header.

    Empty lines, and empty columns without a name, are left out.

    Raises
    ------
    StudyRefusedError
        ``TAB-05`` when there is no row below the header or a column's name stands twice.
    """
    filled = [(number, [cell.strip() for cell in cells]) for number, cells in lines]
    filled = [(number, cells) for number, cells in filled if any(cells)]
    if len(filled) < 2:
        raise refuse(
            "TAB-05",
            "the table has no row below its header",
            expected="a header and one row a case",
            fix="export the table again",
            file=file,
        )
    header = _header([cells for _, cells in filled])
    _refuse_twins(header, file)
    rows = tuple(_row(number, cells, header) for number, cells in filled[1:])
    return TextTable(file, tuple(header), rows, decimal, frozenset(missing))


def require_columns(wanted: Mapping[str, str], tables: Sequence[TextTable]) -> None:
    """Refuse the study when columns that it names are in none of the tables.

    Parameters
    ----------
    wanted
        Column names by the place in the study that names them.

    Raises
    ------
    StudyRefusedError
        ``TAB-04``, once for each absent column.
    """
    known = [name for table in tables for name in table.columns]
    findings = tuple(_absent_columns(wanted, known, " and ".join(t.file for t in tables)))
    if findings:
        raise StudyRefusedError(findings)


def _absent_columns(
    wanted: Mapping[str, str], known: Sequence[str], files: str
) -> Iterator[Finding]:
    lowered = {name.lower(): name for name in known}
    for place, name in wanted.items():
        if name in known:
            continue
        close = difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)
        fix = (
            f"did you mean {' or '.join(repr(lowered[match]) for match in close)}?"
            if close
            else f"name one of: {', '.join(dict.fromkeys(known))}"
        )
        yield Finding(
            "TAB-04", "refused", f"{place} names the column '{name}'", "a column of the table", fix,
            file=files,
        )  # fmt: skip


def _header(lines: list[list[str]]) -> list[str]:
    names = lines[0]
    width = len(names)
    while width and not names[width - 1] and not any(any(line[width - 1 :]) for line in lines):
        width -= 1
    return [name or f"column {position}" for position, name in enumerate(names[:width], start=1)]


def _refuse_twins(header: list[str], file: str) -> None:
    twins = sorted({name for name in header if header.count(name) > 1})
    if twins:
        raise refuse(
            "TAB-05",
            f"the header names {', '.join(repr(name) for name in twins)} more than once",
            expected="every column's name once",
            fix="rename or remove the repeated columns",
            file=file,
        )


def _row(number: int, cells: list[str], header: list[str]) -> TextRow:
    n_cells = len(cells)
    while n_cells > len(header) and not cells[n_cells - 1]:
        n_cells -= 1
    padded = cells + [""] * (len(header) - len(cells))
    return TextRow(number, dict(zip(header, padded, strict=False)), n_cells)
