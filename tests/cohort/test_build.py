from __future__ import annotations

from typing import Any

from tumorcast.cohort import Case
from tumorcast.cohort.build import build_cases, grouped_cases, undeclared_patients
from tumorcast.cohort.clinical import parse_column
from tumorcast.cohort.records import match_records
from tumorcast.cohort.schema import ClinicalColumn, CohortSource
from tumorcast.cohort.text_table import TextTable, table_of
from tumorcast.errors import Finding


def table(text: str) -> TextTable:
    lines = [(i, line.split(",")) for i, line in enumerate(text.splitlines(), start=1)]
    return table_of("t.csv", lines)


def build(text: str, **source: Any) -> tuple[list[Case], list[Finding]]:
    rows = table(text)
    records = match_records(rows, None, "id").usable
    columns = [
        parse_column(
            key, ClinicalColumn.model_validate({"kind": "number", "known": known}), records, rows
        )
        for key, known in (("age", "baseline"), ("cycles", "later"))
    ]
    declared = CohortSource.model_validate({"table": "t.csv"} | source)
    return build_cases(declared, records, columns, lambda record: ({}, ()))


def test_a_case_has_what_is_known_at_baseline_and_nothing_else() -> None:
    (case, _), findings = build("id,age,cycles\nHN-A-1,61,4\nHN-B-1,62,3")
    assert case == Case("HN-A-1", "HN-A-1", clinical={"clinical.age": 61.0})
    assert findings == []


def test_patient_and_centre_from_columns_or_out_of_the_id() -> None:
    text = "id,age,cycles,pid,hospital\nHN-A-1,61,4,p1,north\nHN-B-1,62,3,p1,south"
    cases, _ = build(text, patient="pid", centre="hospital")
    assert [(case.patient_id, case.centre) for case in cases] == [("p1", "north"), ("p1", "south")]
    cases, _ = build(text, patient={"from_id": r"^(\w+)"}, centre={"from_id": r"-(\w)-"})
    assert [(case.patient_id, case.centre) for case in cases] == [("HN", "A"), ("HN", "B")]


def test_an_unknown_patient_excludes_and_an_unknown_centre_warns() -> None:
    text = "id,age,cycles,pid\nHN-A-1,61,4,\nX,62,3,p1"
    _, findings = build(text, patient="pid", centre={"from_id": r"-(\w)-"})
    assert [(f.code, f.consequence, f.case) for f in findings] == [
        ("IDS-06", "excluded", "HN-A-1"),
        ("IDS-06", "warning", "X"),
    ]


def test_a_column_of_patients_that_repeat_is_asked_about() -> None:
    source = CohortSource.model_validate({"table": "t.csv"})
    (finding,) = undeclared_patients(source, [table("id,PatientID\na1,a\na2,a\nb,b")])
    assert (finding.code, finding.consequence) == ("IDS-05", "ask")
    assert finding.fix == "declare cohort.patient: PatientID"
    assert list(undeclared_patients(source, [table("id,PatientID\na1,a\na2,b")])) == []
    declared = CohortSource.model_validate({"table": "t.csv", "patient": "PatientID"})
    assert list(undeclared_patients(declared, [table("id,PatientID\na1,a\na2,a")])) == []


def test_patients_with_several_cases_are_told() -> None:
    (finding,) = grouped_cases([Case("a1", "a"), Case("a2", "a"), Case("b", "b")])
    assert (finding.code, finding.consequence) == ("IDS-05", "warning")
    assert finding.found == "1 patients have several cases (a)"
    assert list(grouped_cases([Case("a", "a"), Case("b", "b")])) == []
