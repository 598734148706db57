from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast.report.population import Flow, flow_of
from tumorcast.report.run_files import RunFiles
from tumorcast.validation import Predictions


def files(event: list[int], time: list[float], quality: dict[str, Any] | None = None) -> RunFiles:
    n = len(event)
    frame = pd.DataFrame({"case": [f"c{i}" for i in range(n)], "event": event, "time": time})
    frame = frame.assign(
        patient=frame["case"], centre="A", arm="volume", repeat=0, fold=0, horizon_days=math.inf,
        risk=0.0, probability=0.5, threshold=0.5,
    )  # fmt: skip
    return RunFiles(Path(), Predictions(frame), {}, quality=quality or {})


def fates(flow: Flow) -> dict[str, int]:
    return {fate.kind: fate.n for fate in flow.fates}


def test_what_happened_is_counted_at_the_horizon() -> None:
    run = files([1, 1, 2, 2, 0, 0], [100, 900, 100, 900, 100, 900])
    assert fates(flow_of(run, 730.0)) == {"event": 1, "competing": 1, "free": 3, "censored": 1}
    assert fates(flow_of(run, math.inf)) == {"event": 2, "competing": 2, "free": 2}


def test_without_times_the_fact_counts() -> None:
    run = files([1, 0, 0], [math.nan] * 3)
    assert fates(flow_of(run, math.inf)) == {"event": 1, "free": 2}


def finding(code: str, case: str, found: str, consequence: str = "excluded") -> dict[str, str]:
    return {"code": code, "case": case, "found": found, "consequence": consequence}


def test_found_is_left_out_and_analysed() -> None:
    quality = {
        "flow": {"in": 10, "ok": 3, "repaired": 1, "excluded": 4, "failed": 1},
        "findings": [
            finding("GEO-02", "x1", "gap of 6 mm"),
            finding("GEO-02", "x2", "gap of 9 mm"),
            finding("MSK-02", "x2", "the mask is empty"),
            finding("MSK-02", "x3", "the mask is empty"),
            finding("CLN-01", "c0", "odd", "warning"),
        ],
    }
    flow = flow_of(files([1, 0, 0, 0], [math.nan] * 4, quality), math.inf)
    assert [(r.code, r.n) for r in flow.left_out] == [
        ("GEO-02", 2),
        ("MSK-02", 1),
        ("", 1),
        ("", 2),
    ]
    assert flow.left_out[0].text == "such as: gap of 6 mm"
    assert flow.left_out[1].text == "the mask is empty"
    assert flow.found == flow.n_left_out + flow.analysed == 10


def test_cases_of_centres_that_are_not_tested_are_said_to_be_learned_from() -> None:
    run = files([1, 0], [math.nan] * 2, {"flow": {"in": 5}})
    (unknown,) = flow_of(run, math.inf).left_out
    assert unknown.text == "outcome at the horizon not known"
    centres = {"train": ["B"], "test": ["A"]}
    apart = replace(run, plan={"study": {"validation": {"centres": centres}}})
    (untested,) = flow_of(apart, math.inf).left_out
    assert untested.text == "learned from, or of other centres than those tested"
    assert untested.n == 3


def test_a_run_that_recorded_no_flow_starts_at_the_analysed() -> None:
    flow = flow_of(files([1, 0], [math.nan] * 2), math.inf)
    assert (flow.found, flow.left_out, flow.analysed, flow.n_events) == (None, (), 2, 1)
