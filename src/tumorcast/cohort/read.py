"""A cohort and its outcome out of the files that a study declares."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from tumorcast.cohort.build import ImageFinder, build_cases, grouped_cases, undeclared_patients
from tumorcast.cohort.case import Case, ClinicalValue, Cohort
from tumorcast.cohort.clinical import ParsedColumn, parse_column
from tumorcast.cohort.endpoint import EndpointReading, read_endpoint
from tumorcast.cohort.layouts import LAYOUTS
from tumorcast.cohort.leaks import leak_findings
from tumorcast.cohort.outcome import Outcome
from tumorcast.cohort.pseudonyms import Pseudonyms
from tumorcast.cohort.readers.found import FoundImages, OnProgress
from tumorcast.cohort.readers.manifest import (
    ImagePaths,
    image_paths,
    read_images,
    template_columns,
)
from tumorcast.cohort.records import Records, match_records, with_images
from tumorcast.cohort.schema import ClinicalColumn, CohortSource, EndpointSource
from tumorcast.cohort.tables import read_table
from tumorcast.cohort.text_table import TextTable, require_columns
from tumorcast.cohort.twins import shared_files
from tumorcast.errors import Finding, StudyRefusedError


@dataclass(frozen=True)
class CohortReading:
    """What the files hold.

    Parameters
    ----------
    cohort, outcome
        The usable cases, in the order of the table, and what happened to them.
    case_ids
        Of every case that a table lists, usable or not.
    findings
        Everything that was noticed; an excluded case is named in one or more.
    table
        Every declared column of the usable cases by its full name, those known later included:
        for describing the cohort, never for predicting.
    also
        Text of the column that was asked for beside the declared ones, by case id: for
        parting cases, never for predicting.
    names
        What stands for the ids, which are hashed already; ``None`` where they are not.
    """

    cohort: Cohort
    outcome: Outcome
    case_ids: tuple[str, ...]
    findings: tuple[Finding, ...]
    table: Mapping[str, tuple[ClinicalValue, ...]]
    also: Mapping[str, str] = field(default_factory=dict)
    names: Pseudonyms | None = None

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """Findings for which nothing may be computed."""
        return tuple(f for f in self.findings if f.consequence in {"refused", "ask"})

    @property
    def flow(self) -> dict[str, int]:
        """Counts of cases with in = ok + repaired + excluded + failed."""
        usable = set(self.cohort.case_ids)
        n_repaired = len(usable & {f.case for f in self.findings if f.consequence == "repaired"})
        return {
            "in": len(self.case_ids),
            "ok": len(usable) - n_repaired,
            "repaired": n_repaired,
            "excluded": len(self.case_ids) - len(usable),
            "failed": 0,
        }


@dataclass(frozen=True)
class _Tables:
    main: TextTable
    manifest: TextTable | None

    @property
    def all(self) -> list[TextTable]:
        return [self.main, self.manifest] if self.manifest else [self.main]


def read_cohort(
    source: CohortSource,
    columns: Mapping[str, ClinicalColumn],
    endpoint: EndpointSource,
    base: Path,
    *,
    allow_leaky: Collection[str] = (),
) -> CohortReading:
    """Read tables, clinical values, endpoint and the places of the images; no voxels.

    Parameters
    ----------
    source, columns, endpoint
        As declared in the study file.
    base
        Folder of the study file, at which relative paths start.
    allow_leaky
        Columns that may be used although they look as if known only after the outcome.

    Raises
    ------
    StudyRefusedError
        When nothing may be computed: the tables cannot be read (``TAB-01`` to ``TAB-05``), the
        endpoint is not coded as declared (``END-01``, ``END-02``, ``END-05``), a column leaks or
        is not of its kind (``CLN-05``, ``CLN-01``), patients share files (``IDS-07``) or are not
        told apart (``IDS-05``), the folder is not in its layout (``LAY-..``) or leaves a choice
        open (``DCM-07``, ``ROI-..``), or no case is left (``IDS-08``).
    """
    reading = survey_cohort(source, columns, endpoint, base, allow_leaky=allow_leaky)
    if reading.stopping:
        raise StudyRefusedError(reading.stopping)
    return reading


def survey_cohort(
    source: CohortSource,
    columns: Mapping[str, ClinicalColumn],
    endpoint: EndpointSource | None,
    base: Path,
    *,
    allow_leaky: Collection[str] = (),
    also: str | None = None,
    on_progress: OnProgress | None = None,
) -> CohortReading:
    """Read as `read_cohort`, for a look at everything: a reading may hold what stops a study.

    Where the endpoint cannot be read, or is ``None`` because the patients' outcome is still to
    come, nobody has the event in `CohortReading.outcome`. `also` is a column that is read beside
    the declared ones, and kept in `CohortReading.also`. While a tree of files is looked through,
    `on_progress` is called with (files done, files in all).

    Raises
    ------
    StudyRefusedError
        When the tables cannot be read, columns are absent, or no case is left.
    """
    tables, findings = _read_tables(source, base)
    layout = LAYOUTS.get(source.layout)
    columns_there = [name for table in tables.all for name in table.columns]
    paths = {} if layout else image_paths(source, columns_there)
    for table in tables.all:
        require_columns({"cohort.id": source.id}, [table])
    require_columns(_image_and_group_columns(source, paths), tables.all)
    require_columns(_clinical_and_endpoint_columns(columns, endpoint), [tables.main])
    require_columns({"validation.temporal.column": also} if also else {}, [tables.main])

    records = match_records(tables.main, tables.manifest, source.id)
    found = layout(source, base, on_progress) if layout else None
    if found is not None:
        records = with_images(records, tables.main.file, list(found.images), found.place)
    happened = (
        read_endpoint(endpoint, records.usable, tables.main)
        if endpoint
        else EndpointReading({}, ())
    )
    parsed = [
        parse_column(key, declared, records.usable, tables.main)
        for key, declared in columns.items()
    ]
    finder = _finder(found, paths, base / source.root)
    cases, case_findings = build_cases(source, records.usable, parsed, finder)
    findings += [
        *records.findings,
        *undeclared_patients(source, tables.all),
        *happened.findings,
        *(finding for column in parsed for finding in column.findings),
        *(_leaks(parsed, records, happened, allow_leaky, endpoint) if endpoint else ()),
        *_about(records, found),
        *case_findings,
    ]
    texts = {record.case_id: record.cell(also) for record in records.usable} if also else {}
    if not source.hash_ids:
        return replace(_assemble(records, cases, happened, parsed, findings), also=texts)
    patients = [case.patient_id for case in cases]
    names = Pseudonyms.beside(base, [*records.listed, *patients], source.root)
    try:
        reading = replace(_assemble(records, cases, happened, parsed, findings), also=texts)
        return _hashed(reading, names)
    except StudyRefusedError as error:
        raise StudyRefusedError(map(names.finding, error.findings)) from None


def _read_tables(source: CohortSource, base: Path) -> tuple[_Tables, list[Finding]]:
    main, findings = read_table(source.main_table, base)
    if source.table is None or source.manifest is None:
        return _Tables(main, None), list(findings)
    manifest, more = read_table(source.manifest, base)
    return _Tables(main, manifest), [*findings, *more]


def _about(records: Records, found: FoundImages | None) -> Iterator[Finding]:
    """Yield what a layout found, without questions about cases that are not in the table."""
    usable = {record.case_id for record in records.usable}
    for finding in found.findings if found else ():
        if finding.consequence != "ask" or finding.case in {"", *usable}:
            yield finding


def _finder(found: FoundImages | None, paths: Mapping[str, ImagePaths], root: Path) -> ImageFinder:
    if found is None:
        return lambda record: read_images(record, paths, root)
    return lambda record: (found.images[record.case_id], ())


def _image_and_group_columns(
    source: CohortSource, paths: Mapping[str, ImagePaths]
) -> dict[str, str]:
    wanted = {f"{place} {{{column}}}": column for place, column in template_columns(paths)}
    for place, value in (("cohort.patient", source.patient), ("cohort.centre", source.centre)):
        if value is not None and value.column is not None:
            wanted[place] = value.column
    return wanted


def _clinical_and_endpoint_columns(
    columns: Mapping[str, ClinicalColumn], endpoint: EndpointSource | None
) -> dict[str, str]:
    wanted = {f"columns.{key}": declared.column or key for key, declared in columns.items()}
    read = _endpoint_columns(endpoint) if endpoint else {}
    return wanted | {f"endpoint.{place}": column for place, column in read.items()}


def _endpoint_columns(endpoint: EndpointSource) -> dict[str, str]:
    named = {
        "event": endpoint.event.column if endpoint.event else None,
        "classes": endpoint.classes.column if endpoint.classes else None,
        "time": endpoint.time,
        "followup": endpoint.followup,
        "competing": endpoint.competing.column if endpoint.competing else None,
        "competing_time": endpoint.competing_time,
        "dates.start": endpoint.dates.start if endpoint.dates else None,
    }
    return {place: column for place, column in named.items() if column}


def _leaks(
    parsed: Sequence[ParsedColumn],
    records: Records,
    happened: EndpointReading,
    allow_leaky: Collection[str],
    endpoint: EndpointSource,
) -> list[Finding]:
    rows, event = happened.positions_and_events(records.usable)
    known = [column.rows(rows) for column in parsed]
    sources = _endpoint_columns(endpoint).values()
    found = (
        finding
        for one in happened.one_sided(event)
        for finding in leak_findings(known, one, allow_leaky, sources)
    )
    return list({finding.found.partition(":")[0]: finding for finding in found}.values())


def _assemble(
    records: Records,
    cases: Sequence[Case],
    happened: EndpointReading,
    parsed: Sequence[ParsedColumn],
    findings: list[Finding],
) -> CohortReading:
    excluded = {finding.case for finding in findings if finding.consequence == "excluded"}
    kept = [i for i, case in enumerate(cases) if case.case_id not in excluded]
    usable = [cases[i] for i in kept]
    findings += [*shared_files(usable), *grouped_cases(usable), *_nobody_left(usable, records)]
    if not usable:
        raise StudyRefusedError(findings)
    cohort = Cohort(tuple(usable))
    table = {column.name: tuple(column.values[i] for i in kept) for column in parsed}
    outcome = happened.outcome(cohort.case_ids) if _is_read(happened) else _unknown(cohort)
    return CohortReading(cohort, outcome, records.listed, tuple(findings), table)


def _hashed(reading: CohortReading, names: Pseudonyms) -> CohortReading:
    cohort = names.cohort(reading.cohort)
    return replace(
        reading,
        cohort=cohort,
        outcome=replace(reading.outcome, case_ids=cohort.case_ids),
        case_ids=tuple(names.of[case_id] for case_id in reading.case_ids),
        findings=tuple(map(names.finding, reading.findings)),
        also={names.of[case_id]: text for case_id, text in reading.also.items()},
        names=names,
    )


def _is_read(happened: EndpointReading) -> bool:
    refused = any(finding.consequence == "refused" for finding in happened.findings)
    return bool(happened.happened) and not refused


def _unknown(cohort: Cohort) -> Outcome:
    return Outcome(cohort.case_ids, np.zeros(len(cohort), dtype=np.int64), None)


def _nobody_left(cases: Sequence[Case], records: Records) -> Iterator[Finding]:
    if not cases:
        yield Finding(
            "IDS-08",
            "refused",
            f"none of the {len(records.listed)} listed cases can be used",
            "cases with an endpoint and their files",
            "mend what is named first for most of them",
        )
