"""CSV, TSV and their relatives."""

from __future__ import annotations

from pathlib import Path

from tumorcast.cohort.readers.detect import DELIMITERS, decimal_of, decoded, delimiter_of, split
from tumorcast.cohort.schema import TableSource
from tumorcast.cohort.text_table import TextTable, table_of
from tumorcast.errors import Finding, refuse

_SHOWN = 6


def read_delimited(source: TableSource, path: Path) -> tuple[TextTable, tuple[Finding, ...]]:
    """Read a text table; encoding, delimiter and decimal mark are detected unless declared.

    Returns
    -------
    table, findings
        ``TAB-02`` echoes how the file was read when it is not plain UTF-8 with commas.

    Raises
    ------
    StudyRefusedError
        ``TAB-01`` unreadable, ``TAB-03`` undecidable, ``TAB-05`` empty or with a column twice.
    """
    file = source.path
    text, encoding = _text_of(source, path)
    delimiter = source.delimiter or delimiter_of(text, file)
    lines = split(text, delimiter, file)
    decimal = source.decimal or decimal_of([cells for _, cells in lines[1:]], file)
    table = table_of(file, lines, decimal=decimal, missing=source.missing)
    return table, _echo(table, encoding, delimiter)


def _text_of(source: TableSource, path: Path) -> tuple[str, str]:
    data = path.read_bytes()
    if source.encoding is None:
        return decoded(data, source.path)
    try:
        return data.decode(source.encoding).removeprefix("\ufeff"), source.encoding
    except (UnicodeDecodeError, LookupError) as error:
        raise refuse(
            "TAB-01",
            f"the text is not in the declared encoding ({error})",
            expected=f"text in {source.encoding}",
            fix="correct `encoding:`, or leave it out to have it detected",
            file=source.path,
        ) from None


def _echo(table: TextTable, encoding: str, delimiter: str) -> tuple[Finding, ...]:
    if encoding in {"utf-8", "utf-8-sig"} and delimiter == "," and table.decimal == ".":
        return ()
    names = ", ".join(f"'{name}'" for name in table.columns[:_SHOWN])
    more = f" and {len(table.columns) - _SHOWN} more" if len(table.columns) > _SHOWN else ""
    mark = DELIMITERS.get(delimiter, delimiter)
    return (
        Finding(
            "TAB-02",
            "repaired",
            f"read as {encoding} text separated by {mark}, decimal mark '{table.decimal}'; "
            f"{len(table.rows)} rows with the columns {names}{more}",
            "UTF-8 separated by comma, decimal mark '.'",
            "nothing if the columns are right; else declare encoding, delimiter, decimal",
            file=table.file,
        ),
    )
