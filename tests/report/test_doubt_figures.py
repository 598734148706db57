from __future__ import annotations

import math

from tumorcast.report.doubt import Doubt, Row
from tumorcast.report.doubt_figures import doubt_figures
from tumorcast.report.verdict_words import BlockVerdict


def doubt(*groups: Row) -> Doubt:
    block = BlockVerdict("CT", 12, "adds", "CT adds.", "", (("volume", (0.05, 0.01, 0.09)),))
    return Doubt((block,), "0.05", (), "", (), (), groups, "", (), "", ())


def test_every_forest_with_a_value_is_drawn_with_its_rows() -> None:
    found = doubt_figures(
        doubt(Row("female", (0.7, 0.6, 0.8), "Sex", "3 of 9"), Row("male", (math.nan,) * 3, "Sex"))
    )
    assert list(found) == ["blocks", "subgroups"]
    assert found["blocks"].data.to_dict("records")[0] | {"note": ""} == {
        "group": "CT", "name": "to volume", "n": "", "value": 0.05, "ci_low": 0.01,
        "ci_high": 0.09, "note": "",
    }  # fmt: skip
    assert found["subgroups"].data["name"].tolist() == ["female", "male"]
    assert "Sex: female" in str(found["subgroups"].svg)


def test_without_doubt_nothing_is_drawn() -> None:
    assert doubt_figures(None) == {}
    assert "subgroups" not in doubt_figures(doubt(Row("male", (math.nan,) * 3)))


def test_long_names_leave_room_for_the_lines() -> None:
    gains = (
        (
            "clinical variables + laboratory values + tumour volume + radiomics of CT",
            (0.1, 0.0, 0.2),
        ),
    )
    named = "network 'laboratory_pet' on PT and CT at two dates"
    block = BlockVerdict(named, 3, "adds", "", "", gains)
    found = doubt_figures(Doubt((block,), "0.05", (), "", (), (), (), "", (), "", ()))
    assert "radiomics of CT" in str(found["blocks"].svg)
