from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.cohort.endpoint import EndpointReading, read_endpoint
from tumorcast.cohort.records import match_records
from tumorcast.cohort.schema import DEFAULT_MISSING, EndpointSource
from tumorcast.cohort.text_table import table_of

RESPONSE = {"column": "r", "levels": {"response": ["CR", "PR"], "stable": ["SD"], "growth": ["PD"]}}


def read(cells: list[str], classes: Any = RESPONSE) -> EndpointReading:
    lines = [(1, ["id", "r"]), *((i + 2, [f"c{i}", cell]) for i, cell in enumerate(cells))]
    table = table_of("t.csv", lines, missing=DEFAULT_MISSING)
    source = EndpointSource.model_validate({"name": "x", "classes": classes})
    return read_endpoint(source, match_records(table, None, "id").usable, table)


def test_texts_are_read_as_their_classes() -> None:
    reading = read(["PD", "CR", "SD", "PR", "PD", "SD"])
    outcome = reading.outcome(["c0", "c1", "c2", "c3"])
    assert reading.findings == ()
    assert outcome.levels == ("response", "stable", "growth")
    np.testing.assert_array_equal(outcome.event, [2, 0, 1, 0])
    assert outcome.time_days is None


def test_levels_may_be_a_list_of_texts_and_numbers_are_equal_however_written() -> None:
    reading = read(["1", "2.0", "3", "1.0", "2", "3"], {"column": "r", "levels": ["1", "2", "3"]})
    assert [one.event for one in reading.happened.values()] == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(("cell", "code"), [("", "END-03"), ("NA", "END-03"), ("NE", "END-13")])
def test_a_case_without_a_declared_class_is_excluded(cell: str, code: str) -> None:
    (finding,) = read(["CR", "CR", "SD", "SD", "PD", "PD", cell]).findings
    assert (finding.code, finding.consequence, finding.case) == (code, "excluded", "c6")


def test_a_class_that_hardly_anybody_is_of_is_refused_with_the_counts() -> None:
    (finding,) = read(["CR", "CR", "SD", "SD", "SD", "PD"]).findings
    assert (finding.code, finding.consequence) == ("END-14", "refused")
    assert "class growth" in finding.found
    assert "'PD' in 1 cases" in finding.found


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"classes": {"column": "r", "levels": ["a", "b"]}}, "three levels or more"),
        ({"classes": {"column": "r", "levels": ["a", "b", "a"]}}, "three levels or more"),
        (
            {"classes": {"column": "r", "levels": {"x": ["a"], "y": ["b"], "z": ["a"]}}},
            "a cannot mean two classes",
        ),
        ({"classes": RESPONSE, "event": "e"}, "one of both"),
        ({}, "one of both"),
        ({"classes": RESPONSE, "time": "t", "time_unit": "days"}, "classes have no time"),
        ({"classes": RESPONSE, "competing": "d"}, "no competing event"),
        ({"classes": RESPONSE, "horizons_days": [730]}, "horizon in days needs"),
    ],
)
def test_declarations_that_make_no_sense_are_refused(declared: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        EndpointSource.model_validate({"name": "x", **declared})


def test_one_class_is_an_event_and_all_of_them_are_none() -> None:
    outcome = Outcome(("a", "b", "c"), np.array([2, 0, 1]), None, ("x", "y", "z"))
    assert outcome.of_class(2).binary_at(EVER_DAYS).label.tolist() == [1, 0, 0]
    assert outcome.rows(np.array([2, 0])).levels == ("x", "y", "z")
    np.testing.assert_array_equal(outcome.class_target().rows(np.array([2])).label, [1])
    with pytest.raises(ValueError, match="no event"):
        outcome.binary_at(EVER_DAYS)
    with pytest.raises(ValueError, match="no class 3"):
        outcome.of_class(3)
    with pytest.raises(ValueError, match="position among"):
        Outcome(("a",), np.array([3]), None, ("x", "y", "z"))
    with pytest.raises(ValueError, match="has no classes"):
        Outcome(("a",), np.array([1])).class_target()
