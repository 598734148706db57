from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tumorcast.cohort.case import ClinicalValue
from tumorcast.cohort.clinical import ParsedColumn
from tumorcast.cohort.leaks import leak_findings, looks_later
from tumorcast.cohort.schema import ClinicalColumn

EVENT = np.array([0] * 20 + [1] * 10, dtype=np.int64)


def column(
    values: Sequence[ClinicalValue], source: str = "x", known: str = "baseline"
) -> ParsedColumn:
    kind = "category" if any(isinstance(value, str) for value in values) else "number"
    declared = ClinicalColumn.model_validate({"kind": kind, "known": known})
    return ParsedColumn(f"clinical.{source}", declared, source, tuple(values), ())


@pytest.mark.parametrize(
    "name",
    [
        "status", "OS", "t_out", "outcome", "Vital Status", "Death", "pfs_event", "1_RECIST_FU",
        "Time - diagnosis to LR (days)", "lastVisit", "Follow-up (months)", "cause of death",
        "days_to_progression", "RecurrenceSite", "cycles",
    ],
)  # fmt: skip
def test_names_that_speak_of_later(name: str) -> None:
    assert looks_later(name)


@pytest.mark.parametrize(
    "name",
    ["age", "hpv_status", "performance status", "T_stage", "site", "LDH", "smoking", "costs"],
)
def test_names_of_baseline_variables(name: str) -> None:
    assert not looks_later(name)


def test_a_column_that_tells_the_event_alone_is_refused() -> None:
    values = [float(v) for v in range(30)]
    for direction in (values, values[::-1]):
        (finding,) = leak_findings([column(direction)], EVENT, ())
        assert (finding.code, finding.consequence) == ("CLN-05", "refused")
        assert "AUROC 1.000" in finding.found
        assert "allow_leaky: [x]" in finding.fix


def test_a_category_that_tells_the_event_is_refused() -> None:
    (finding,) = leak_findings([column(["--"] * 20 + ["lung", "bone"] * 5)], EVENT, ())
    assert "AUROC 1.000" in finding.found


def test_being_filled_in_only_for_events_is_refused() -> None:
    (finding,) = leak_findings([column([None] * 20 + [3.0] * 10)], EVENT, ())
    assert "whether it is filled in" in finding.found


def test_a_permitted_leak_becomes_a_warning() -> None:
    leaky = column([float(v) for v in range(30)], "marker")
    for name in ("marker", "clinical.marker"):
        (finding,) = leak_findings([leaky], EVENT, [name])
        assert (finding.code, finding.consequence) == ("CLN-05", "warning")


def test_strong_but_possible_predictors_and_columns_known_later_pass() -> None:
    strong = [0.0] * 18 + [1.0] * 2 + [0.0] + [1.0] * 9  # AUROC 0.9
    later = column([float(v) for v in range(30)], "OS", known="later")
    assert list(leak_findings([column(strong), later], EVENT, ())) == []


def test_free_text_and_few_events_cannot_tell() -> None:
    text = [f"report {i}" for i in range(30)]
    assert list(leak_findings([column(text)], EVENT, ())) == []
    few = np.array([0] * 23 + [1] * 7, dtype=np.int64)
    assert list(leak_findings([column([float(v) for v in range(30)])], few, ())) == []


def test_competing_events_count_as_no_event() -> None:
    competing = np.where(EVENT == 1, 2, 0)
    assert list(leak_findings([column([float(v) for v in range(30)])], competing, ())) == []


def test_a_column_that_the_endpoint_is_read_from_is_never_a_predictor() -> None:
    declared = ClinicalColumn(kind="number", known="baseline")
    column = ParsedColumn("clinical.days", declared, "days", (1.0, 5.0, 2.0), ())
    (finding,) = leak_findings([column], np.array([0, 1, 0]), {"days"}, {"days"})
    assert (finding.code, finding.consequence) == ("CLN-06", "refused")
    assert "'days'" in finding.found
