"""From a table, with or without images, to a study file that runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tumorcast.cohort.clinical import parse_column
from tumorcast.cohort.endpoint import read_endpoint
from tumorcast.cohort.leaks import leak_reason
from tumorcast.cohort.propose.columns import propose_columns
from tumorcast.cohort.propose.draft import Draft
from tumorcast.cohort.propose.endpoint import propose_endpoint
from tumorcast.cohort.propose.identity import propose_identity
from tumorcast.cohort.propose.images import images_by_id, images_in_columns
from tumorcast.cohort.propose.layout import guess_layout
from tumorcast.cohort.readers.found import OnProgress
from tumorcast.cohort.readers.workbook import WORKBOOK_SUFFIXES, largest_sheet
from tumorcast.cohort.records import match_records
from tumorcast.cohort.schema import ClinicalColumn, EndpointSource, TableSource
from tumorcast.cohort.tables import TABLE_SUFFIXES, read_table
from tumorcast.cohort.text_table import TextTable, require_columns
from tumorcast.errors import StudyRefusedError, refuse

_MOST_STEPS_UP = 2
"""Folders above the study file; beyond them a relative path says less than a whole one."""


@dataclass(frozen=True)
class Proposal:
    """A study file to be read and corrected by the user.

    Parameters
    ----------
    document
        The keys ``cohort``, ``columns`` and ``endpoint`` of the study file, as plain values.
    notes
        By dotted key of the document, what was guessed there; also, by ``columns.KEY``, what was
        left out and why.
    """

    document: Mapping[str, Any]
    notes: Mapping[str, str]


def propose_study(
    path: Path,
    *,
    table: Path | None = None,
    id: str | None = None,  # noqa: A002  (the name of the command's option)
    event: str | None = None,
    time: str | None = None,
    base: Path = Path(),
    on_progress: OnProgress | None = None,
) -> Proposal:
    """Propose a study.

    Parameters
    ----------
    path
        A clinical table, which may hold paths of images; a manifest when `table` is given; or a
        folder of images in any layout, in which the only table is taken when none is given.
    table
        The clinical table beside a manifest or a folder.
    id, event, time
        Columns that need not be guessed; `event` may be ``COLUMN=TEXT``.
    base
        Folder of the study file, at which its relative paths start.
    on_progress
        Called with (files looked at, files in all) while a tree of DICOM files is looked through.

    Raises
    ------
    StudyRefusedError
        As `read_table`; ``TAB-04`` a given column is absent; ``PRO-01`` no id, ``PRO-02`` no event
        can be guessed; ``PRO-03`` a folder without a table, or with several.
    """
    notes: dict[str, str] = {}
    table_path, manifest_path, root = _places(path, table)
    is_folder = path.is_dir() and manifest_path is None
    guess = guess_layout(path, base, on_progress) if is_folder else None
    main = _source(table_path, base, "table", notes)
    main_table, _ = read_table(main, base)
    manifest = None
    cohort: dict[str, Any] = {"layout": guess.layout} if guess else {}
    cohort |= {"root": _relative(root, base), "table": _plain(main)}
    if manifest_path is not None:
        manifest_source = _source(manifest_path, base, "manifest", notes)
        manifest, _ = read_table(manifest_source, base)
        cohort["manifest"] = _plain(manifest_source)
    draft = Draft(main_table, cohort, notes)
    if id is not None:
        require_columns({"--id": id}, [main_table])
    propose_identity(draft, manifest, id, guess.case_ids if guess else ())
    if guess is not None:
        cohort |= guess.cohort
        notes |= guess.notes
    elif images := _images(draft, manifest or main_table, root):
        cohort["images"] = images
    endpoint = propose_endpoint(draft, event, time)
    columns = propose_columns(draft, with_images="images" in cohort)
    _keep_from_leaking(draft, manifest, columns, endpoint)
    notes["columns"] = (
        "guess: every kind: from the cells, every known: from the name; correct what is known later"
    )
    return Proposal({"cohort": cohort, "columns": columns, "endpoint": endpoint}, notes)


def _places(path: Path, table: Path | None) -> tuple[Path, Path | None, Path]:
    """Return the clinical table, the manifest if there is one, and the root of the images."""
    if not path.is_dir():
        return (path, None, path.parent) if table is None else (table, path, path.parent)
    if table is not None:
        return table, None, path
    tables = sorted(file for file in path.iterdir() if file.suffix.lower() in TABLE_SUFFIXES)
    if len(tables) == 1:
        return tables[0], None, path
    manifests = [file for file in tables if _lists_images(file)]
    clinical = [file for file in tables if file not in manifests]
    if len(manifests) == 1 and len(clinical) == 1:
        return clinical[0], manifests[0], path
    raise refuse(
        "PRO-03",
        f"the folder holds {len(tables)} tables"
        + "".join(f" {'and' if i else 'such as'} {t.name}" for i, t in enumerate(tables[:2])),
        expected="one CSV, TSV or XLSX table, or one beside a manifest of images",
        fix="name the clinical table with --table",
        file=str(path),
    )


def _lists_images(file: Path) -> bool:
    """Return whether a table has columns of paths of files beside it."""
    try:
        table, _ = read_table(TableSource(path=file.name), file.parent)
    except StudyRefusedError:
        return False
    return bool(images_in_columns(table, file.parent))


def _images(draft: Draft, where: TextTable, root: Path) -> dict[str, dict[str, Any]]:
    images = images_in_columns(where, root)
    if images:
        named = [template for image in images.values() for template in image.values()]
        draft.used |= {name for name in where.columns if f"{{{name}}}" in named}
    else:
        images = images_by_id(draft.table.values(draft.document["id"]), root)
    for name in images:
        draft.notes[f"cohort.images.{name}"] = "guess: these files exist; check unit and mask"
    return images


def _keep_from_leaking(
    draft: Draft,
    manifest: TextTable | None,
    columns: dict[str, dict[str, Any]],
    endpoint: Mapping[str, Any],
) -> None:
    """Declare as known later what tells the outcome too well to have been known before."""
    records = match_records(draft.table, manifest, draft.document["id"]).usable
    happened = read_endpoint(EndpointSource.model_validate(endpoint), records, draft.table)
    rows, event = happened.positions_and_events(records)
    for key, column in columns.items():
        declared = ClinicalColumn.model_validate(column)
        parsed = parse_column(key, declared, records, draft.table).rows(rows)
        reason = leak_reason(parsed, event)
        if declared.known == "baseline" and reason is not None:
            column["known"] = "later"
            draft.notes[f"columns.{key}.known"] = f"guessed: {reason}; not used as a predictor"


def _source(path: Path, base: Path, key: str, notes: dict[str, str]) -> TableSource:
    relative = _relative(path, base)
    if path.suffix.lower() in WORKBOOK_SUFFIXES and path.is_file():
        sheet, n_sheets = largest_sheet(path)
        if n_sheets > 1:
            notes[f"cohort.{key}"] = "guessed: the largest sheet"
            return TableSource(path=relative, sheet=sheet)
    return TableSource(path=relative)


def _plain(source: TableSource) -> str | dict[str, str]:
    return {"path": source.path, "sheet": source.sheet} if source.sheet else source.path


def _relative(path: Path, base: Path) -> str:
    """Return the path from the study file, and the whole path of what lies far away."""
    relative = Path(os.path.relpath(path.resolve(), base.resolve()))
    is_far = relative.parts.count("..") > _MOST_STEPS_UP
    return (path.resolve() if is_far else relative).as_posix()
