"""The class of every case out of the column that an endpoint of several classes names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tumorcast.cohort.numbers import is_one_of
from tumorcast.cohort.records import Record
from tumorcast.cohort.schema_classes import ClassSource
from tumorcast.cohort.text_table import TextTable
from tumorcast.errors import Finding

_FEWEST = 2
"""Cases of a class without which it can be neither learned nor tested."""


@dataclass(frozen=True)
class Happened:
    """The endpoint of one case.

    Parameters
    ----------
    event
        0 censored, 1 event, 2 competing; of an endpoint with classes the position of its class.
    time_days
        When; ``None`` when only the fact is known.
    """

    event: int
    time_days: float | None


def read_classes(
    source: ClassSource, records: Sequence[Record], table: TextTable
) -> tuple[dict[str, Happened], tuple[Finding, ...]]:
    """Return the class of every case that has one, by id, and why others have none.

    Findings
    --------
    ``END-03`` the class is not known (excluded); ``END-13`` the cell holds a text that is no
    declared level (excluded); ``END-14`` fewer than two cases are of a declared class (refused).
    """
    happened: dict[str, Happened] = {}
    findings: list[Finding] = []
    for record in records:
        text = record.row.cells[source.column]
        number = _class_of(text, source, table.decimal)
        if number is not None:
            happened[record.case_id] = Happened(number, None)
        else:
            findings.append(_excluded(text, source, record, table))
    return happened, (*findings, *_lacking(happened, source, records))


def _class_of(text: str, source: ClassSource, decimal: str) -> int | None:
    found = (
        number
        for number, texts in enumerate(source.levels.values())
        if is_one_of(text, texts, decimal)
    )
    return next(found, None)


def _excluded(text: str, source: ClassSource, record: Record, table: TextTable) -> Finding:
    expected = f"one of the classes {', '.join(source.levels)}"
    if text == "" or text in table.missing:
        return Finding(
            "END-03",
            "excluded",
            f"'{source.column}' is empty (row {record.row.number})",
            expected,
            "fill in the cell, or leave the case out of the table",
            case=record.case_id,
            file=table.file,
        )
    return Finding(
        "END-13",
        "excluded",
        f"'{source.column}' is '{text}' (row {record.row.number})",
        expected,
        "correct the cell, or name the text in endpoint.classes.levels",
        case=record.case_id,
        file=table.file,
    )


def _lacking(
    happened: dict[str, Happened], source: ClassSource, records: Sequence[Record]
) -> Iterator[Finding]:
    n_of = Counter(one.event for one in happened.values())
    texts = Counter(record.row.cells[source.column] for record in records)
    lacking = [name for number, name in enumerate(source.levels) if n_of[number] < _FEWEST]
    if lacking:
        listed = ", ".join(f"'{text}' in {n} cases" for text, n in texts.most_common(8))
        yield Finding(
            "END-14",
            "refused",
            f"fewer than {_FEWEST} cases are of the class {', '.join(lacking)}; "
            f"'{source.column}' holds {listed or 'nothing'}",
            f"{_FEWEST} cases or more of every class of endpoint.classes.levels",
            "correct the texts of the levels, or join two classes: {NAME: [TEXT, TEXT]}",
        )
