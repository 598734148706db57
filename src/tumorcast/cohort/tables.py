"""Reading any table that a study declares."""

from __future__ import annotations

from pathlib import Path

from tumorcast.cohort.readers.delimited import read_delimited
from tumorcast.cohort.readers.workbook import WORKBOOK_SUFFIXES, read_workbook
from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.text_table import TextTable
from tumorcast.errors import Finding, refuse

TEXT_SUFFIXES = {".csv", ".tsv", ".txt"}
TABLE_SUFFIXES = TEXT_SUFFIXES | WORKBOOK_SUFFIXES


def read_table(source: TableSource, base: Path) -> tuple[TextTable, tuple[Finding, ...]]:
    """Read a table as text.

    Parameters
    ----------
    source
        What the study declares.
    base
        Folder that a relative path starts at.

    Returns
    -------
    table, findings
        ``TAB-02`` echoes what was detected.

    Raises
    ------
    StudyRefusedError
        ``TAB-01`` no such file, or not readable; ``TAB-03`` its writing or its sheet must be
        declared; ``TAB-05`` empty, or a column's name stands twice.
    """
    path = base / source.path
    suffix = path.suffix.lower()
    if not path.is_file():
        raise _refused(source, "there is no such file", "check the path")
    try:
        if suffix in TEXT_SUFFIXES:
            return read_delimited(source, path)
        if suffix in WORKBOOK_SUFFIXES:
            return read_workbook(source, path), ()
    except PermissionError:
        raise _refused(source, "you may not read this file", "change its permissions") from None
    raise _refused(source, f"'{suffix}' is not a table that is read", "save it as CSV or .xlsx")


def _refused(source: TableSource, found: str, fix: str) -> Exception:
    return refuse(
        "TAB-01", found, expected="a readable CSV, TSV or XLSX table", fix=fix, file=source.path
    )
