from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast.report.run_files import RunFiles
from tumorcast.report.table_one import TableOne, table_one
from tumorcast.validation import Predictions

EVENT = [1, 1, 0, 0, 0]


def table(
    features: dict[str, list[Any]],
    event: list[int] = EVENT,
    columns: dict[str, Any] | None = None,
    centre: str = "",
) -> TableOne | None:
    cases = [f"c{i}" for i in range(len(event))]
    frame = pd.DataFrame({"case": cases, "patient": cases, "event": event, "time": math.nan})
    frame = frame.assign(
        centre=[centre or "A", *["A"] * (len(event) - 1)], arm="a", repeat=0, fold=0,
        horizon_days=math.inf, risk=0.0, probability=0.5, threshold=0.5,
    )  # fmt: skip
    values = pd.DataFrame(features, index=pd.Index(cases))
    plan = {"study": {"columns": columns or {}}}
    return table_one(RunFiles(Path(), Predictions(frame), {}, plan=plan, features=values))


def cells(found: TableOne | None) -> dict[str, tuple[str, ...]]:
    assert found is not None
    return {row.label: (*row.cells, row.missing) for row in found.rows}


def test_numbers_are_medians_and_quartiles_with_their_unit_by_event() -> None:
    values = {"lab.crp": [1.0, 3.0, 10.0, 20.0, math.nan]}
    found = table(values, columns={"crp": {"unit": "mg/L"}})
    assert found is not None
    assert found.groups == (("All", 5), ("Event", 2), ("No event", 3))
    assert cells(found)["CRP, mg/L"] == (
        "6.5 (2.5 to 12.5)", "2 (1.5 to 2.5)", "15 (12.5 to 17.5)", "1 (20%)",
    )  # fmt: skip


def test_shares_are_of_the_known() -> None:
    values: dict[str, list[Any]] = {
        "clinical.sex": ["f", "m", "m", "m", None],
        "clinical.hpv": [1, 0, 1, math.nan, 1],
    }
    found = cells(table(values))
    assert found["m"] == ("3 (75%)", "1 (50%)", "2 (100%)", "")
    assert found["Sex"][-1] == "1 (20%)"
    assert found["HPV"] == ("3 (75%)", "1 (50%)", "2 (100%)", "1 (20%)")


def test_competing_events_are_a_group_of_their_own() -> None:
    found = table({"clinical.age": [50, 60, 70, 80, 90]}, [1, 0, 2, 3, 0])
    assert found is not None
    assert dict(found.groups) == {"All": 5, "Event": 1, "No event": 2, "Competing event": 2}


def test_ranks_are_shown_as_the_levels_they_stand_for() -> None:
    ranks = {"low": 1, "high": 4, "higher": 4}
    found = cells(table({"clinical.t": [1, 4, 4, 1, 1]}, columns={"t": {"ranks": ranks}}))
    assert list(found) == ["T", "low", "high/higher"]
    assert found["high/higher"][0] == "2 (40%)"


def test_many_levels_are_joined() -> None:
    event = [0] * 20
    values = [f"s{i:02d}" for i in range(9)] + ["s00"] * 11
    found = cells(table({"clinical.site": values}, event))
    assert found["s00"][0] == "12 (60%)"
    assert [label for label in found if "other levels" in label] == ["1 other levels"]


def test_volume_is_in_millilitres_and_radiomics_are_not_listed() -> None:
    values = {"volume.tumor_log10_mm3": [4.0] * 5, "ct.tumor.original_glcm_Contrast": [1.0] * 5}
    assert list(cells(table(values))) == ["Tumour volume, mL"]
    assert cells(table(values))["Tumour volume, mL"][0] == "10 (10 to 10)"


def test_centres_stand_first_when_there_are_several() -> None:
    found = table({"clinical.age": [50, 60, 70, 80, 90]}, centre="B")
    assert [row.label for row in found.rows] == ["Centre", "A", "B", "Age"]  # type: ignore[union-attr]


def test_nothing_known_at_baseline_makes_no_table() -> None:
    assert table({"ct.tumor.x": [1.0] * 5}) is None
