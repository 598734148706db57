from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tumorcast.cohort.endpoint import EndpointReading, read_endpoint
from tumorcast.cohort.records import match_records
from tumorcast.cohort.schema import DEFAULT_MISSING, EndpointSource
from tumorcast.cohort.text_table import table_of
from tumorcast.errors import Finding

TIMED = {"time": "t", "time_unit": "days"}


def read(header: str, rows: list[str], **declared: Any) -> EndpointReading:
    lines = [(1, f"id,{header}".split(","))]
    lines += [(i + 2, f"c{i},{row}".split(",")) for i, row in enumerate(rows)]
    table = table_of("t.csv", lines, missing=DEFAULT_MISSING)
    source = EndpointSource.model_validate({"name": "x", "event": "e"} | declared)
    return read_endpoint(source, match_records(table, None, "id").usable, table)


def only(reading: EndpointReading) -> Finding:
    (finding,) = reading.findings
    return finding


def test_event_and_time_in_days() -> None:
    reading = read("e,t", ["1,2", "0,10.5"], time="t", time_unit="weeks")
    outcome = reading.outcome(["c1", "c0"])
    assert outcome.case_ids == ("c1", "c0")
    np.testing.assert_array_equal(outcome.event, [0, 1])
    assert outcome.time_days is not None
    np.testing.assert_allclose(outcome.time_days, [73.5, 14.0])
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("unit", "days"), [("days", 1), ("weeks", 7), ("months", 30.4375), ("years", 365.25)]
)
def test_units_of_time(unit: str, days: float) -> None:
    reading = read("e,t", ["1,1", "0,1"], time="t", time_unit=unit)
    assert reading.happened["c0"].time_days == days


def test_without_times_only_the_fact_is_known() -> None:
    assert read("e", ["1", "0"]).outcome(["c0", "c1"]).time_days is None


def test_texts_that_mean_yes_are_declared() -> None:
    reading = read("e", ["D", "NED", "AWD"], event={"column": "e", "is": ["D", "AWD"]})
    assert [one.event for one in reading.happened.values()] == [1, 0, 1]


def test_followup_is_the_time_where_the_event_did_not_come() -> None:
    reading = read("e,t,f", ["1,5,9", "0,,8", "0,7,9"], **TIMED, followup="f")
    assert [one.time_days for one in reading.happened.values()] == [5, 8, 7]


def test_a_competing_event_counts_where_the_event_did_not_come() -> None:
    reading = read(
        "e,t,f,d,dt",
        ["1,5,9,1,9", "0,,8,1,6", "0,,8,1,", "0,,8,0,"],
        **TIMED,
        followup="f",
        competing="d",
        competing_time="dt",
    )
    assert [(one.event, one.time_days) for one in reading.happened.values()] == [
        (1, 5),
        (2, 6),
        (2, 8),
        (0, 8),
    ]


def test_an_event_at_an_unknown_time_is_set_to_the_end_of_followup() -> None:
    reading = read("e,t,f", ["1,,9", "0,,8"], **TIMED, followup="f")
    assert reading.happened["c0"].time_days == 9
    assert (only(reading).code, only(reading).consequence) == ("END-07", "repaired")


@pytest.mark.parametrize(
    ("row", "code"),
    [(",5", "END-03"), ("NA,5", "END-03"), ("1,", "END-04"), ("0,soon", "END-04")],
)
def test_a_case_without_event_or_time_is_excluded(row: str, code: str) -> None:
    reading = read("e,t", ["1,5", "0,6", row], **TIMED)
    assert (only(reading).code, only(reading).consequence) == (code, "excluded")
    assert only(reading).case == "c2"
    assert set(reading.happened) == {"c0", "c1"}


def test_text_flags_are_refused_with_the_counts_of_both_readings() -> None:
    finding = only(read("e", ["dead", "alive", "alive"]))
    assert (finding.code, finding.consequence) == ("END-01", "refused")
    assert "'alive' in 2 cases, 'dead' in 1 cases" in finding.found
    assert 'endpoint.event: {column: "e", is: "alive"} (2 cases)' in finding.fix
    assert 'endpoint.event: {column: "e", is: "dead"} (1 cases)' in finding.fix


def test_codes_of_one_and_two_are_refused() -> None:
    assert only(read("e", ["1", "2", "2"])).code == "END-01"


@pytest.mark.parametrize("name", ["censored", "Alive", "event_free"])
def test_a_name_that_speaks_of_no_event_is_refused_as_reversed(name: str) -> None:
    finding = only(read(name, ["1", "0", "0"], event=name))
    assert (finding.code, finding.consequence) == ("END-02", "refused")
    assert "'0' in 2 cases, '1' in 1 cases" in finding.found
    declared = read(name, ["1", "0", "0"], event={"column": name, "is": "0"})
    assert [one.event for one in declared.happened.values()] == [0, 1, 1]
    assert declared.findings == ()


@pytest.mark.parametrize(("cells", "counts"), [(["0", "0"], "0 of 2"), (["1", "1"], "2 of 2")])
def test_no_event_or_only_events_are_refused(cells: list[str], counts: str) -> None:
    finding = only(read("e", cells))
    assert (finding.code, finding.consequence) == ("END-02", "refused")
    assert f"{counts} cases have the event" in finding.found
    assert finding.fix.startswith("add cases of the other kind, or choose another endpoint; ")


def test_competing_text_flags_are_refused_too() -> None:
    finding = only(read("e,d", ["1,no", "0,yes"], competing="d"))
    assert finding.code == "END-01"
    assert "endpoint.competing:" in finding.fix


def test_times_of_zero_or_below_are_refused_with_the_cases() -> None:
    finding = only(read("e,t", ["1,0", "0,-3", "0,5", "1,6"], **TIMED))
    assert (finding.code, finding.consequence) == ("END-05", "refused")
    assert "in 2 cases, 1 of them with the event: c0, c1" in finding.found


def test_an_event_after_the_end_of_followup_is_kept_with_a_warning() -> None:
    reading = read("e,t,f", ["1,9,5", "0,,8"], **TIMED, followup="f")
    assert (only(reading).code, only(reading).consequence) == ("END-06", "warning")
    assert reading.happened["c0"].time_days == 9
