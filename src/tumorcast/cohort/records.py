"""One record a case: its row of the table and its row of the manifest, matched by id."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tumorcast.cohort.text_table import TextRow, TextTable
from tumorcast.errors import Finding

_COMPARED = 200  # comparing every id with every other takes minutes beyond this


@dataclass(frozen=True)
class Record:
    """What the tables say about one case.

    Parameters
    ----------
    case_id
        Text as written, so ``"007"`` stays ``"007"``.
    row
        Its row of the table with clinical columns and endpoint.
    manifest_row
        Its row of the manifest; the same row where one table is both.
    """

    case_id: str
    row: TextRow
    manifest_row: TextRow

    def cell(self, column: str) -> str:
        """Return the cell of the table, or of the manifest where the table lacks the column."""
        return self.row.cells.get(column, self.manifest_row.cells.get(column, ""))

    def path_cell(self, column: str) -> str:
        """Return the cell of the manifest, or of the table where the manifest lacks the column."""
        return self.manifest_row.cells.get(column, self.row.cells.get(column, ""))


@dataclass(frozen=True)
class Records:
    """The cases that every table lists properly, and all that are listed at all.

    Parameters
    ----------
    usable
        In the order of the table.
    listed
        Every id, in the order of the table, then those that only the manifest has. A row without
        an id is listed by its place.
    findings
        Why a listed case is not usable, and which rows were merged.
    """

    usable: tuple[Record, ...]
    listed: tuple[str, ...]
    findings: tuple[Finding, ...]


def match_records(table: TextTable, manifest: TextTable | None, id_column: str) -> Records:
    """Pair the rows of both tables by their trimmed id; nothing is matched by likeness.

    Findings
    --------
    ``TAB-06`` a row with too few or too many cells, ``IDS-01`` a row without id, ``IDS-02`` the
    same row twice (merged), ``IDS-03`` rows of one id that differ, ``IDS-04`` an id that only
    one of the tables has, with the likest id of the other.
    """
    rows, listed, findings = _rows_by_id(table, id_column)
    if manifest is None:
        usable = tuple(Record(case_id, row, row) for case_id, row in rows.items())
        return Records(usable, tuple(listed), tuple(findings))
    other_rows, other_listed, other_findings = _rows_by_id(manifest, id_column)
    findings += other_findings
    findings += _unmatched(table.file, listed, manifest.file, other_listed)
    findings += _unmatched(manifest.file, other_listed, table.file, listed)
    usable = tuple(
        Record(case_id, rows[case_id], other_rows[case_id])
        for case_id in rows
        if case_id in other_rows
    )
    return Records(usable, tuple(dict.fromkeys([*listed, *other_listed])), tuple(findings))


def with_images(records: Records, table: str, found_ids: Sequence[str], place: str) -> Records:
    """Return the records that have images in a folder, and the unmatched ids of both.

    Parameters
    ----------
    table, place
        Names of the table and of the folder, for the findings.
    found_ids
        Of the cases in the folder.

    Findings
    --------
    ``IDS-04`` as `match_records`.
    """
    there = set(found_ids)
    usable = tuple(record for record in records.usable if record.case_id in there)
    findings = (
        *records.findings,
        *_unmatched(table, records.listed, place, found_ids),
        *_unmatched(place, found_ids, table, records.listed),
    )
    return Records(usable, tuple(dict.fromkeys([*records.listed, *found_ids])), findings)


def _rows_by_id(
    table: TextTable, id_column: str
) -> tuple[Mapping[str, TextRow], list[str], list[Finding]]:
    groups: dict[str, list[TextRow]] = defaultdict(list)
    findings = []
    listed = []
    for row in table.rows:
        case_id = row.cells[id_column] or f"row {row.number} of {table.file}"
        listed.append(case_id)
        fault = _fault_of_row(row, case_id, table, id_column)
        if fault is None:
            groups[case_id].append(row)
        else:
            findings.append(fault)
    rows = {}
    for case_id, twins in groups.items():
        finding = _judge_twins(case_id, twins, table.file)
        if finding is not None:
            findings.append(finding)
        if finding is None or finding.consequence == "repaired":
            rows[case_id] = twins[0]
    return rows, list(dict.fromkeys(listed)), findings


def _fault_of_row(row: TextRow, case_id: str, table: TextTable, id_column: str) -> Finding | None:
    if row.n_cells != len(table.columns):
        return Finding(
            "TAB-06",
            "excluded",
            f"row {row.number} has {row.n_cells} cells",
            f"{len(table.columns)}, as the header",
            "look for a delimiter or line break inside a cell, and put that cell in quotes",
            case=case_id,
            file=table.file,
        )
    if not row.cells[id_column]:
        return Finding(
            "IDS-01",
            "excluded",
            f"row {row.number} has no '{id_column}'",
            "an id in every row",
            "fill it in, or delete the row",
            case=case_id,
            file=table.file,
        )
    return None


def _judge_twins(case_id: str, twins: Sequence[TextRow], file: str) -> Finding | None:
    if len(twins) == 1:
        return None
    numbers = ", ".join(str(row.number) for row in twins)
    first = twins[0].cells
    differing = [name for name in first if any(row.cells[name] != first[name] for row in twins)]
    if not differing:
        return Finding(
            "IDS-02",
            "repaired",
            f"rows {numbers} are the same",
            "one row a case",
            "delete the copies",
            case=case_id,
            file=file,
        )
    return Finding(
        "IDS-03",
        "excluded",
        f"rows {numbers} differ in {', '.join(repr(name) for name in differing)}",
        "one row a case",
        "keep the right row; if these are several scans of one patient, give each scan an id of "
        "its own and name the patient's column under cohort.patient",
        case=case_id,
        file=file,
    )


def _unmatched(
    file: str, ids: Sequence[str], other_file: str, other_ids: Sequence[str]
) -> Iterator[Finding]:
    here, there = set(ids), set(other_ids)
    only_there = [case_id for case_id in other_ids if case_id not in here]
    by_bare_id = {_bare(case_id): case_id for case_id in only_there}
    for case_id in ids:
        if case_id in there:
            continue
        near = by_bare_id.get(_bare(case_id)) or _likest(case_id, only_there)
        yield Finding(
            "IDS-04",
            "excluded",
            f"the id '{case_id}' is not in {other_file}",
            "every id in both tables, written alike",
            f"did you mean '{near}'? Write the id alike in both"
            if near
            else f"add the case to {other_file}, or leave it out of {file}",
            case=case_id,
            file=file,
        )


def _likest(case_id: str, others: Sequence[str]) -> str | None:
    if len(others) > _COMPARED:
        return None
    close = difflib.get_close_matches(case_id, others, n=1, cutoff=0.85)
    return close[0] if close else None


def _bare(case_id: str) -> str:
    letters_and_digits = re.sub(r"[\W_]+", "", case_id.casefold().removesuffix(".0"))
    return re.sub(r"0+(?=\d)", "", letters_and_digits)
