"""What the console shows of many findings."""

from __future__ import annotations

from tumorcast.errors import Consequence, Finding, console_lines


def findings(n: int, consequence: Consequence = "excluded") -> list[Finding]:
    return [
        Finding("IDS-04", consequence, f"the id P{i}", "both", "add it", case=f"P{i}")
        for i in range(n)
    ]


def test_few_findings_have_a_line_each() -> None:
    assert console_lines(findings(3)) == [finding.line() for finding in findings(3)]


def test_of_many_findings_of_one_kind_some_are_shown_and_the_others_named() -> None:
    other = Finding("MSK-02", "excluded", "empty", "a tumour", "draw it", case="P1")
    lines = console_lines([*findings(50), other])
    assert lines[:2] == [finding.line() for finding in findings(2)]
    assert lines[2] == (
        "IDS-04: and 48 more of this kind (P2, P3, P4, P5, P6, P7, P8, P9 and 40 others), "
        "listed in quality.json"
    )
    assert lines[3:] == [other.line()]


def test_what_stops_a_study_is_never_shortened() -> None:
    assert len(console_lines(findings(50, "ask"))) == 50


def test_findings_about_no_case_are_counted() -> None:
    columns = [Finding("CLN-03", "warning", f"'{i}'", "", "", file="t.csv") for i in range(9)]
    assert console_lines(columns)[-1] == "CLN-03: and 7 more of this kind, listed in quality.json"
