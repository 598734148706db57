"""Which columns say who the case is and where it was treated."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tumorcast.cohort.propose.draft import Draft, words
from tumorcast.cohort.text_table import TextTable
from tumorcast.errors import StudyRefusedError, refuse

_ID_WORDS = {"id", "case", "caseid", "patient", "patientid", "subject", "pid", "identifier"}
_CENTRE_WORDS = {"centre", "center", "hospital", "institution", "clinic"}
_CENTRE_IN_ID = r"^[A-Za-z0-9]+[-_]([A-Za-z]+)[-_]"


def propose_identity(
    draft: Draft,
    manifest: TextTable | None,
    given_id: str | None,
    found_ids: Collection[str] = (),
) -> None:
    """Fill in the columns of the id, the patient and the centre.

    Parameters
    ----------
    found_ids
        Of the cases in the folder; the id's column has most of them.

    Raises
    ------
    StudyRefusedError
        ``PRO-01`` when no column can be the id.
    """
    tables = [draft.table, manifest] if manifest else [draft.table]
    if given_id is None:
        id_column = _likest(draft, found_ids) or next(_id_columns(tables), None)
        if id_column is None:
            raise _no_id(draft.table, manifest)
        draft.notes["cohort.id"] = _why(draft, id_column, found_ids)
    else:
        id_column = given_id
    draft.document["id"] = id_column
    draft.used.add(id_column)
    _propose_patient(draft)
    _propose_centre(draft, draft.table.values(id_column))


def _no_id(table: TextTable, manifest: TextTable | None) -> StudyRefusedError:
    if manifest is None:
        return refuse(
            "PRO-01",
            "no column names every row differently",
            expected="a column with an id of its own for every case",
            fix="name it with --id",
            file=table.file,
        )
    shared = ", ".join(name for name in table.columns if name in manifest.columns) or "none"
    return refuse(
        "PRO-01",
        f"no column that is in {manifest.file} as well names every row differently; they share "
        f"{shared}",
        expected="a column with an id of its own for every case",
        fix="give the column of the id the same name in both tables, capitals included",
        file=table.file,
    )


def _likest(draft: Draft, found_ids: Collection[str]) -> str | None:
    """Return the column that names most of the cases in the folder, if any does."""
    matches = {name: _n_found(draft, name, found_ids) for name in draft.table.columns}
    best = max(matches, key=lambda name: matches[name])
    return best if matches[best] else None


def _n_found(draft: Draft, column: str, found_ids: Collection[str]) -> int:
    return len({*found_ids} & {*draft.table.values(column)})


def _why(draft: Draft, column: str, found_ids: Collection[str]) -> str:
    if not found_ids:
        return "guessed: its cells are all different"
    there = _n_found(draft, column, found_ids)
    return f"guess: it names {there} of the {len(found_ids)} cases in the folder"


def _id_columns(tables: list[TextTable]) -> Iterator[str]:
    """Yield the columns that could be the id, those with a fitting name first."""
    unique = [
        name
        for name in tables[0].columns
        if all(name in table.columns and _is_unique(table.values(name)) for table in tables)
    ]
    yield from (name for name in unique if words(name) & _ID_WORDS)
    yield from (name for name in unique if not words(name) & _ID_WORDS)


def _is_unique(cells: tuple[str, ...]) -> bool:
    return "" not in cells and len(set(cells)) == len(cells)


def _propose_patient(draft: Draft) -> None:
    for name in draft.free_columns:
        cells = draft.known_texts(name)
        named_so = words(name) & {"patient", "patientid", "subject", "pid"}
        if named_so and len(cells) == len(draft.table.rows) and len(set(cells)) < len(cells):
            draft.document["patient"] = name
            draft.notes["cohort.patient"] = "guessed: several rows of one patient stay together"
            draft.used.add(name)
            return


def _propose_centre(draft: Draft, ids: tuple[str, ...]) -> None:
    for name in draft.free_columns:
        if words(name) & _CENTRE_WORDS and _could_be_centres(draft.known_texts(name)):
            draft.document["centre"] = name
            draft.notes["cohort.centre"] = "guessed from the column's name"
            draft.used.add(name)
            return
    matches = [re.search(_CENTRE_IN_ID, case_id) for case_id in ids]
    parts = [match[1] for match in matches if match]
    if len(parts) == len(ids) and _could_be_centres(parts):
        draft.document["centre"] = {"from_id": _CENTRE_IN_ID}
        draft.notes["cohort.centre"] = f"guessed: the ids name {', '.join(sorted(set(parts)))}"


def _could_be_centres(cells: list[str]) -> bool:
    return 2 <= len(set(cells)) <= max(2, len(cells) // 5)
