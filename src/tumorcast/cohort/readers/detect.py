"""How a text file is written: its encoding, its delimiter and its decimal mark."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from tumorcast.errors import Finding, StudyRefusedError, refuse

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
Lines = list[tuple[int, list[str]]]

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_DECIMAL_POINT = re.compile(r"[+-]?\d+\.\d+")
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def decoded(data: bytes, file: str) -> tuple[str, str]:
    """Return the text and the name of its encoding.

    A byte-order mark decides; then UTF-16 by its zero bytes, UTF-8 if it is valid, and Windows'
    western code page 1252.

    Raises
    ------
    StudyRefusedError
        ``TAB-03`` when the bytes are none of these.
    """
    encoding = _encoding_of(data)
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise asked(
            f"byte {error.start} fits neither UTF-8 nor Windows-1252",
            expected="a known text encoding",
            fix="declare it, such as `encoding: cp1250`, or save the table as UTF-8",
            file=file,
        ) from None


def _encoding_of(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return encoding
    if data[1::2].count(0) > len(data) // 4:
        return "utf-16-le"
    if data[::2].count(0) > len(data) // 4:
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def split(text: str, delimiter: str, file: str) -> Lines:
    """Return the cells of every line with the number of the line that they end on.

    Raises
    ------
    StudyRefusedError
        ``TAB-01`` when the quoting is broken.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: Lines = []
    try:
        lines.extend((reader.line_num, cells) for cells in reader)
    except csv.Error as error:
        raise refuse(
            "TAB-01",
            f"line {reader.line_num} cannot be read ({error})",
            expected="quotes that close, and no zero bytes",
            fix="export the table again",
            file=file,
        ) from None
    return lines


def delimiter_of(text: str, file: str) -> str:
    """Return the delimiter that gives every row as many cells as the header.

    Raises
    ------
    StudyRefusedError
        ``TAB-03`` when two do it equally well.
    """
    share = {mark: _share_of_full_rows(text, mark) for mark in DELIMITERS}
    best = max(share.values())
    if best == 0:
        return ","  # a single column
    fitting = [mark for mark in DELIMITERS if share[mark] == best]
    if len(fitting) > 1:
        raise asked(
            f"{' and '.join(DELIMITERS[mark] for mark in fitting)} both separate it evenly",
            expected="one delimiter",
            fix=f'declare it, such as `delimiter: "{fitting[0]}"`',
            file=file,
        )
    return fitting[0]


def _share_of_full_rows(text: str, delimiter: str) -> float:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = [len(cells) for cells in reader if any(cells)]
    except csv.Error:
        return 0.0
    if len(widths) < 2 or widths[0] < 2:
        return 0.0
    return widths[1:].count(widths[0]) / (len(widths) - 1)


def decimal_of(rows: Iterable[Sequence[str]], file: str) -> str:
    """Return the decimal mark of the cells that are numbers.

    Raises
    ------
    StudyRefusedError
        ``TAB-03`` when both marks occur, or when every comma could separate thousands.
    """
    cells = [cell.strip() for row in rows for cell in row]
    with_comma = [cell for cell in cells if _DECIMAL_COMMA.fullmatch(cell)]
    with_point = [cell for cell in cells if _DECIMAL_POINT.fullmatch(cell)]
    if not with_comma:
        return "."
    if with_point or all(_MAYBE_THOUSANDS.fullmatch(cell) for cell in with_comma):
        shown = [*with_comma[:2], *with_point[:1]]
        raise asked(
            f"numbers such as {' and '.join(shown)} can be read in two ways",
            expected="one decimal mark and no thousands separator",
            fix='declare `decimal: ","` or `decimal: "."` under the table',
            file=file,
        )
    return ","


def asked(found: str, *, expected: str, fix: str, file: str) -> StudyRefusedError:
    """Return the error that stops before computing and asks how the table is written."""
    return StudyRefusedError([Finding("TAB-03", "ask", found, expected, fix, file=file)])
