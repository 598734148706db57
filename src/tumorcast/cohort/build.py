"""Cases out of records: their images, clinical values, patient and centre."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from tumorcast.cohort.case import Case, ImageSource
from tumorcast.cohort.clinical import ParsedColumn, column_tokens
from tumorcast.cohort.records import Record
from tumorcast.cohort.schema import CohortSource, ValueSource
from tumorcast.cohort.text_table import TextTable
from tumorcast.errors import Finding

ImageFinder = Callable[[Record], tuple[Mapping[str, ImageSource], tuple[Finding, ...]]]
"""Gives the images of a record, by name, and what is wrong with them."""

_PATIENT_NAMES = frozenset({"patient", "patientid", "subject", "subjectid", "pid", "mrn"})


def build_cases(
    source: CohortSource,
    records: Sequence[Record],
    parsed: Sequence[ParsedColumn],
    images_of: ImageFinder,
) -> tuple[list[Case], list[Finding]]:
    """Return a case a record, in their order; a column known later never reaches it.

    Findings
    --------
    Those of `images_of`; ``IDS-06`` the patient (excluded) or the centre (warning) of a case is not
    known.
    """
    cases = []
    findings: list[Finding] = []
    for position, record in enumerate(records):
        images, faults = images_of(record)
        patient, no_patient = _value(source.patient, record, "patient")
        centre, no_centre = _value(source.centre, record, "centre")
        findings += [*faults, *no_patient, *no_centre]
        clinical = {
            column.name: column.values[position]
            for column in parsed
            if column.declared.known == "baseline"
        }
        patient_id = patient if source.patient else record.case_id
        cases.append(Case(record.case_id, patient_id, centre, images, clinical))
    return cases, findings


def _value(
    source: ValueSource | None, record: Record, what: str
) -> tuple[str, tuple[Finding, ...]]:
    """Return a text about the case; without it, the case goes only if its patient is unknown."""
    if source is None:
        return "", ()
    if source.column is not None:
        text = record.cell(source.column)
        found = f"'{source.column}' is empty"
    else:
        match = re.search(str(source.from_id), record.case_id)
        text = (match[1] or "") if match else ""
        found = f"'{source.from_id}' does not find a {what} in the id"
    if text:
        return text, ()
    return "", (
        Finding(
            "IDS-06",
            "excluded" if what == "patient" else "warning",
            found,
            f"the {what} of every case",
            f"fill in the {what}, or correct cohort.{what}",
            case=record.case_id,
        ),
    )


def undeclared_patients(source: CohortSource, tables: Sequence[TextTable]) -> Iterator[Finding]:
    """Ask (``IDS-05``) when a column looks like the patient's id and repeats."""
    if source.patient is not None:
        return
    for table in tables:
        for name in table.columns:
            filled = [cell for cell in table.values(name) if cell]
            n_several = sum(count > 1 for count in Counter(filled).values())
            is_patient = "".join(column_tokens(name)) in _PATIENT_NAMES
            if name != source.id and is_patient and n_several:
                yield Finding(
                    "IDS-05",
                    "ask",
                    f"'{name}' names {n_several} patients in several rows",
                    "to know which cases are one patient, because they must not part in a split",
                    f"declare cohort.patient: {name}",
                    file=table.file,
                )


def grouped_cases(cases: Sequence[Case]) -> Iterator[Finding]:
    """Say (``IDS-05``) that some patients have several cases."""
    counts = Counter(case.patient_id for case in cases)
    several = [patient for patient, count in counts.items() if count > 1]
    if several:
        yield Finding(
            "IDS-05",
            "warning",
            f"{len(several)} patients have several cases ({', '.join(several[:5])}"
            + (", ...)" if len(several) > 5 else ")"),
            "one case a patient",
            "nothing: cases of one patient stay together in every split",
        )
