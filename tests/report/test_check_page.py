"""The page of a check, from the files that a check leaves."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.report import build_check_page

N = 40
Document = dict[str, Any]


def image_of(case: str, row: int) -> Document:
    return {
        "case": case,
        "image": "ct",
        "spacing_mm": [3.0 + row % 2, 1.0, 1.0],
        "shape": [20, 20, 20],
        "volume_cc": None if row == 3 else 1.0 + row**2,
        "quantiles": [] if row == 3 else [-50.0, 0.0, 30.0 + row, 60.0, 90.0],
        "kept": {},
        "scanner": "Acme <b>One</b>" if row % 3 else "",
        "kernel": "B30f",
        "contrast": "",
    }


def finding(code: str, consequence: str, case: str = "", found: str = "something") -> Document:
    return {
        "code": code,
        "consequence": consequence,
        "found": found,
        "expected": "else",
        "fix": "mend it",
        "case": case,
        "file": "",
    }


def write_check(folder: Path, findings: list[Document], **outcome: Any) -> Path:
    cases = [f"P{i:02d}" for i in range(N)]
    excluded = sorted({f["case"] for f in findings if f["consequence"] in {"excluded", "ask"}})
    repaired = {f["case"] for f in findings if f["consequence"] == "repaired"} - {""}
    flow = {
        "in": N,
        "ok": N - len(excluded) - len(repaired),
        "repaired": len(repaired),
        "excluded": len(excluded),
        "failed": 0,
    }
    quality = {"flow": flow, "excluded": excluded, "failed": [], "findings": findings}
    column = {"kind": "number", "missing": [], "levels": 30, "auroc_filled_in": 0.5}
    cohort = {
        "study": "my-study",
        "description": "",
        "endpoint": "relapse",
        "cases": cases,
        "centre_of": ["A" if i < 15 else "B" for i in range(N)],
        "images": [image_of(case, row) for row, case in enumerate(cases)],
        "columns": [
            {**column, "name": "clinical.age", "known": "baseline", "auroc": 0.61},
            {**column, "name": "lab.cga", "known": "baseline", "auroc": 0.97, "missing": [1, 2, 9]},
            {**column, "name": "clinical.outcome", "known": "later", "auroc": 1.0},
        ],
        "outcome": outcome,
    }
    (folder / "cases").mkdir(parents=True)
    (folder / "quality.json").write_text(json.dumps(quality), encoding="utf-8")
    (folder / "cohort.json").write_text(json.dumps(cohort), encoding="utf-8")
    rng = np.random.default_rng(0)
    for row, case in enumerate(cases[:4]):
        arrays: Document = {"case": np.array(case)}
        for plane in ("axial", "coronal", "sagittal"):
            arrays[f"ct.{plane}"] = rng.integers(0, 255, (16, 16), dtype=np.uint8)
            drawn = np.zeros((16, 16), dtype=bool)
            drawn[4:9, 5:11] = True
            arrays[f"ct.{plane}.drawn"] = drawn
            if row != 2:
                arrays[f"ct.{plane}.used"] = np.roll(drawn, row, axis=0)
        np.savez_compressed(folder / "cases" / f"{row:05d}.npz", **arrays)
    return folder


@pytest.fixture
def checked(tmp_path: Path) -> Path:
    """Return a folder of a check with a finding of every consequence that lets others go on."""
    findings = [
        finding("MSK-13", "warning", "P00", "the tumour touches the edge"),
        finding("MSK-09", "repaired", "P01", "the mask was moved"),
        finding("MSK-10", "excluded", "P02", "90% of the tumour in air"),
        finding("IMG-02", "excluded", "P07", "the file is empty"),
    ]
    centres = [
        {"centre": "A", "cases": 15, "events": 4, "competing": 1},
        {"centre": "B", "cases": 25, "events": 9, "competing": 0},
    ]
    return write_check(
        tmp_path / "check", findings, horizon_days=730, centres=centres, folds=5, most_folds=10
    )


def page_of(folder: Path) -> str:
    return build_check_page(folder).read_text(encoding="utf-8")


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(checked: Path) -> None:
    page = page_of(checked)
    assert not re.search(r"<script|<link|@import|https?://(?!www\.w3\.org)", page)
    assert re.findall(r"src=\"(?!data:)", page) == []
    assert "Acme &lt;b&gt;One&lt;/b&gt;" in page


def test_verdict_flow_and_reasons(checked: Path) -> None:
    page = page_of(checked)
    assert "38 of 40 cases can be used; 1 warning to look at." in page
    assert "<b>2</b> left out" in page
    assert "90% of the tumour in air" in page
    assert "<b>38</b> can be used<small>1 of them after a recorded repair</small>" in page


def test_leaks_missing_values_centres_and_folds(checked: Path) -> None:
    page = page_of(checked)
    rows = re.findall(r"<tr><th scope=\"row\">(.+?)</th><td>(.+?)</td>.*?</tr>", page)
    known = dict(rows)
    assert known["age"] == "at the index date"
    assert known["outcome"] == "later"
    assert page.count("suspected leak") == 1
    assert page.count("kept out") == 1
    assert "lab.cga: 3 missing" in page
    assert "5 folds are asked for; up to 10 and more leave cases with and without" in page
    assert "within 2 years" in page
    assert '<th scope="row">B</th><td class="num">25</td><td class="num">9</td>' in page


def test_cases_with_grave_findings_come_first_and_moved_contours_are_shown(checked: Path) -> None:
    page = page_of(checked)
    shown = re.findall(
        r"<figure class=\"case(?: lost)?\">\s*<figcaption><strong>(\w+)</strong>", page
    )
    assert shown == ["P02", "P01", "P00", "P03"]
    assert "<strong>1 case without a picture.</strong>" in page
    assert "as it was drawn, where that differs" in page


def test_duplicates_are_told_or_denied(checked: Path, tmp_path: Path) -> None:
    assert "No duplicates." in page_of(checked)
    twins = finding("IDS-07", "refused", found="P01 and P02 share an image")
    page = page_of(write_check(tmp_path / "twins", [twins]))
    assert "<strong>Duplicates.</strong> P01 and P02 share an image" in page
    assert "This study cannot be run: IDS-07 below" in page


def test_a_question_is_the_verdict(tmp_path: Path) -> None:
    asked = finding("MSK-05", "ask", "P01", "2 labels")
    page = page_of(write_check(tmp_path / "asked", [asked]))
    assert "This study waits for an answer: MSK-05 below" in page


def test_a_damaged_picture_is_named(checked: Path) -> None:
    (checked / "cases" / "00001.npz").write_bytes(b"torn")
    with pytest.raises(StudyRefusedError, match="RUN-02"):
        build_check_page(checked)


def test_the_reasons_of_a_case_without_a_picture_stand_apart(tmp_path: Path) -> None:
    reasons = [finding(code, "excluded", "P07") for code in ("FIL-02", "IDS-04")]
    page = page_of(write_check(tmp_path / "check", reasons))
    assert "<code>FIL-02</code> <code>IDS-04</code></span>." in page
