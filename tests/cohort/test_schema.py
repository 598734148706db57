from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from tumorcast.cohort.schema import (
    ClinicalColumn,
    CohortSource,
    EndpointSource,
    FlagSource,
    ImageTemplate,
    TableSource,
    ValueSource,
)

ENDPOINT: dict[str, Any] = {"name": "dm", "event": "Distant"}


def test_short_forms_mean_the_long_ones() -> None:
    short = CohortSource.model_validate({"table": "a.csv", "patient": "pid"})
    assert short.table == TableSource(path="a.csv")
    assert short.patient == ValueSource(column="pid")
    assert EndpointSource.model_validate(ENDPOINT).event == FlagSource(column="Distant")


def test_numbers_in_lists_of_cell_texts_become_text() -> None:
    column = ClinicalColumn.model_validate(
        {"kind": "number", "known": "baseline", "missing": [-1, "unk", 99.5]}
    )
    assert column.missing == ("-1", "unk", "99.5")
    assert FlagSource.model_validate({"column": "status", "is": 1}).values == ("1",)


def test_horizons_are_in_days_with_the_whole_followup_infinite() -> None:
    endpoint = EndpointSource.model_validate(
        ENDPOINT | {"time": "t", "time_unit": "days", "horizons_days": [730, "all"]}
    )
    assert endpoint.horizons == (730.0, math.inf)


def test_the_manifest_is_the_main_table_where_there_is_no_other() -> None:
    both = CohortSource.model_validate({"table": "a.csv", "manifest": "b.csv"})
    assert both.main_table.path == "a.csv"
    assert CohortSource.model_validate({"manifest": "b.csv"}).main_table.path == "b.csv"


@pytest.mark.parametrize(
    ("model", "document", "words"),
    [
        (CohortSource, {}, "declare table:"),
        (CohortSource, {"table": "a.csv", "tabel": 1}, "Extra inputs"),
        (CohortSource, {"manifest": "a.csv", "layout": "dicom"}, "finds the images itself"),
        (CohortSource, {"table": "a.csv", "drawn": {"GTVp": "GTV"}}, "takes the labels"),
        (CohortSource, {"table": "a.csv", "drawn": {"tumor": 1}}, "union of all"),
        (CohortSource, {"table": "a.csv", "drawn": {"2": 1}}, "should match pattern"),
        (CohortSource, {"table": "a.csv", "drawn": {"a": 1}, "tumor": ["b"]}, "not in drawn"),
        (CohortSource, {"table": "a.csv", "structures": "("}, "no regular expression"),
        (ValueSource, {"from_id": "HN-"}, "has 0 groups"),
        (ValueSource, {"from_id": "(a)(b)"}, "has 2 groups"),
        (ValueSource, {"from_id": "("}, "no regular expression"),
        (ValueSource, {"column": "a", "from_id": "(a)"}, "one of the two"),
        (ValueSource, {}, "one of the two"),
        (ImageTemplate, {"path": "{id}.nii"}, "Field required"),
        (ClinicalColumn, {"kind": "number"}, "Field required"),
        (ClinicalColumn, {"kind": "number", "known": "baseline", "levels": ["a"]}, "levels are"),
        (FlagSource, {"column": "a", "is": True}, "in quotes"),
        (EndpointSource, ENDPOINT | {"time": "t"}, "needs its time_unit"),
        (EndpointSource, ENDPOINT | {"followup": "t"}, "need time"),
        (EndpointSource, ENDPOINT | {"horizons_days": [730]}, "needs the column of the time"),
        (
            EndpointSource,
            ENDPOINT | {"time": "t", "time_unit": "days", "competing_time": "c"},
            "needs competing",
        ),
        (
            EndpointSource,
            ENDPOINT | {"time": "t", "time_unit": "days", "horizons_days": [1, 1]},
            "named twice",
        ),
        (
            EndpointSource,
            ENDPOINT | {"time": "t", "time_unit": "days", "horizons_days": [-1]},
            "greater than 0",
        ),
    ],
)
def test_declarations_that_do_not_hold_together_are_refused(
    model: type[Any], document: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        model.model_validate(document)
