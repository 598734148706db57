"""Clinical values out of the cells of a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tumorcast.cohort.case import ClinicalValue
from tumorcast.cohort.numbers import flag_of, is_one_of, number_of
from tumorcast.cohort.records import Record
from tumorcast.cohort.schema import ClinicalColumn
from tumorcast.cohort.suspicious import two_units, unexplained_spikes
from tumorcast.cohort.text_table import TextTable
from tumorcast.errors import Finding

MAX_SHARE_UNREADABLE = 0.5
MAX_LEVELS = 20


@dataclass(frozen=True)
class ParsedColumn:
    """The values of one column in the order of the records, and what was found in it."""

    name: str
    declared: ClinicalColumn
    source: str
    values: tuple[ClinicalValue, ...]
    findings: tuple[Finding, ...]

    @property
    def known_values(self) -> list[float | str]:
        """The values that are not missing."""
        return [value for value in self.values if value is not None]

    def rows(self, positions: Sequence[int]) -> ParsedColumn:
        """Return the values at these positions, without the findings."""
        values = tuple(self.values[position] for position in positions)
        return ParsedColumn(self.name, self.declared, self.source, values, ())


def parse_column(
    key: str, declared: ClinicalColumn, records: Sequence[Record], table: TextTable
) -> ParsedColumn:
    """Read a declared column.

    Findings
    --------
    ``CLN-01`` a cell that is no number, yes/no, declared level or rank: the value is missing,
    with a warning; more than half of them refuse the study. ``CLN-02`` spellings of one category
    that differ in case or spaces (merged). ``CLN-03`` nothing to learn from: all missing,
    constant, or a category with nearly as many levels as cases. ``CLN-04`` a number that looks
    like a code for missing. ``CLN-07`` numbers that look as if in two units (ask).
    """
    column = declared.column or key
    codes = table.missing if declared.missing is None else frozenset(declared.missing)
    texts = [
        None if _is_missing(record.row.cells[column], codes, table.decimal) else
        " ".join(record.row.cells[column].split())
        for record in records
    ]  # fmt: skip
    spelling = _spellings(declared, texts) if declared.kind == "category" else {}
    read = _reader(declared, table.decimal, spelling)
    values = tuple(None if text is None else read(text) for text in texts)
    findings = [
        *_unreadable(declared, column, records, texts, values, table.file),
        *_respelled(column, texts, spelling, table.file),
    ]
    parsed = ParsedColumn(f"{declared.block}.{key}", declared, column, values, tuple(findings))
    return ParsedColumn(
        parsed.name, declared, column, values, (*findings, *_warnings(parsed, table.file))
    )


def _is_missing(text: str, codes: frozenset[str], decimal: str) -> bool:
    return text == "" or is_one_of(text, codes, decimal)


def _reader(
    declared: ClinicalColumn, decimal: str, spelling: Mapping[str, str]
) -> Callable[[str], ClinicalValue]:
    if declared.kind == "number":
        return lambda text: number_of(text, decimal)
    if declared.kind == "flag":
        return lambda text: flag_of(text, decimal)
    if declared.ranks is not None:
        ranks = {text.casefold(): rank for text, rank in declared.ranks.items()}
        return lambda text: ranks.get(text.casefold())
    if declared.levels is not None:
        levels = set(declared.levels)
        return lambda text: spelling[text] if spelling[text] in levels else None
    return lambda text: spelling[text]


def _spellings(declared: ClinicalColumn, texts: Sequence[str | None]) -> dict[str, str]:
    """Return, for each text, the declared or else the most frequent spelling of its category."""
    counts = Counter(text for text in texts if text is not None)
    preferred = [*(declared.levels or ()), *(text for text, _ in counts.most_common())]
    chosen: dict[str, str] = {}
    for text in preferred:
        chosen.setdefault(text.casefold(), text)
    return {text: chosen[text.casefold()] for text in counts}


def _respelled(
    column: str, texts: Sequence[str | None], spelling: Mapping[str, str], file: str
) -> Iterator[Finding]:
    changed = {text: into for text, into in spelling.items() if text != into}
    if changed:
        counts = Counter(texts)
        merged = "; ".join(f"'{text}' ({counts[text]}) as '{changed[text]}'" for text in changed)
        yield Finding(
            "CLN-02",
            "repaired",
            f"'{column}': read {merged}",
            "one spelling a category",
            "write them alike, or declare the levels",
            file=file,
        )


def _unreadable(
    declared: ClinicalColumn,
    column: str,
    records: Sequence[Record],
    texts: Sequence[str | None],
    values: Sequence[ClinicalValue],
    file: str,
) -> Iterator[Finding]:
    wrong = [
        (record, text)
        for record, text, value in zip(records, texts, values, strict=True)
        if text is not None and value is None
    ]
    expected = {
        "number": "a number",
        "flag": "yes or no (1/0, true/false, +/-)",
        "category": f"one of {', '.join(declared.levels or ())}",
        "ordinal": f"one of {', '.join(declared.ranks or ())}",
    }[declared.kind]
    n_written = sum(text is not None for text in texts)
    if len(wrong) > MAX_SHARE_UNREADABLE * n_written:
        seen = Counter(text for _, text in wrong).most_common(5)
        yield Finding(
            "CLN-01",
            "refused",
            f"{len(wrong)} of {n_written} cells of '{column}' are something else, such as "
            + ", ".join(f"'{text}'" for text, _ in seen),
            expected,
            "correct kind:, levels: or ranks: of this column, or declare missing: codes",
            file=file,
        )
        return
    for record, text in wrong:
        yield Finding(
            "CLN-01",
            "warning",
            f"'{column}' is '{text}' in row {record.row.number}; the value is taken as missing",
            expected,
            f'correct the cell, or declare missing: ["{text}"] for the column',
            case=record.case_id,
            file=file,
        )


def _warnings(parsed: ParsedColumn, file: str) -> Iterator[Finding]:
    if parsed.declared.known == "later":  # never a predictor, so there is nothing to mend
        return
    known = parsed.known_values
    distinct = set(known)
    if len(distinct) < 2:
        what = f"is always '{known[0]}'" if known else "is missing in every case"
        yield _nothing_to_learn(parsed, what, file)
    elif parsed.declared.kind == "category" and len(distinct) > max(MAX_LEVELS, len(known) / 2):
        yield _nothing_to_learn(parsed, f"has {len(distinct)} levels in {len(known)} cases", file)
    if parsed.declared.kind == "number":
        numbers = [float(value) for value in known]
        if not parsed.declared.same_unit:
            yield from _mixed_units(parsed, numbers, file)
        for code, count in unexplained_spikes(numbers):
            yield Finding(
                "CLN-04",
                "warning",
                f"'{parsed.source}' is {code:g} in {count} cases, unlike all others",
                "measured values",
                f"if it means 'not known', declare missing: [{code:g}] for the column",
                file=file,
            )


def _mixed_units(parsed: ParsedColumn, numbers: list[float], file: str) -> Iterator[Finding]:
    found = two_units(numbers)
    if found is not None:
        yield Finding(
            "CLN-07",
            "ask",
            f"'{parsed.source}' holds {found.n_low} numbers around {found.low:.3g} and "
            f"{found.n_high} around {found.high:.3g}, nothing between {found.gap[0]:g} and "
            f"{found.gap[1]:g}: two units, such as {found.units}",
            f"numbers in {parsed.declared.unit or 'one unit'}",
            "write them in one unit, or declare same_unit: true for the column if they are",
            file=file,
        )


def _nothing_to_learn(parsed: ParsedColumn, what: str, file: str) -> Finding:
    return Finding(
        "CLN-03",
        "warning",
        f"'{parsed.source}' {what}",
        "values that differ and recur",
        "remove the column from the study, or group its values",
        file=file,
    )


def column_tokens(name: str) -> list[str]:
    """Return the words of a column's name in lower case: ``LungMets_days`` is lung, mets, days."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[a-z]+|\d+", spaced.lower())
