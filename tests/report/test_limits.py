from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tumorcast.report.limits import candidates_of, limits_of
from tumorcast.report.population import flow_of
from tumorcast.report.results import read_results
from tumorcast.report.roles import assign_roles
from tumorcast.report.run_files import RunFiles


def limits(run_dir: Path) -> dict[str, str]:
    files = RunFiles.read(run_dir)
    results = read_results(files.metrics)[0]
    roles = assign_roles(results, files.arms)
    found = limits_of(files, flow_of(files, results.horizon_days), results, roles)
    return {limit.title: limit.text for limit in found}


def edit(path: Path, change: Callable[[Any], None]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


@pytest.fixture
def run_dir(make_run: Callable[..., Path]) -> Path:
    return make_run(n=60, repeats=1, gallery=0)


def test_every_report_says_what_it_is_not(run_dir: Path) -> None:
    found = limits(run_dir)
    assert next(iter(found)) == "Not a medical device"
    assert "the same 4 centres" in found["Internal validation"]
    assert "holds a network" in found["More parameters than patients"]
    assert "Small cohort" in found


def test_events_are_counted_against_the_columns_of_the_leading_arm(run_dir: Path) -> None:
    files = RunFiles.read(run_dir)
    n_events = flow_of(files, 730.0).n_events
    text = limits(run_dir)["Events per candidate parameter"]
    assert text.startswith(f"{n_events} events for 7 candidate columns of fusion")
    assert "below the usual 10" in text


def test_excluded_cases_and_permitted_leaks_are_named(run_dir: Path) -> None:
    edit(run_dir / "quality.json", lambda q: q["flow"].update({"in": 80}))
    edit(run_dir / "plan.json", lambda p: p["study"].update({"allow_leaky": ["response"]}))
    found = limits(run_dir)
    assert found["Cases left out"].startswith("20 of 80 cases (25%)")
    assert "response" in found["Variables that may leak"]


def test_an_average_learns_from_what_its_members_learn_from() -> None:
    declared = {
        "both": {"average": ["table", "net"]},
        "table": {"blocks": ["clinical"]},
        "net": {"blocks": ["lab"], "network": {"images": ["ct"]}},
    }
    assert candidates_of("both", declared) == (("clinical", "lab"), True)
    assert candidates_of("table", declared) == (("clinical",), False)
