from __future__ import annotations

from pathlib import Path

import pytest

from tumorcast.cohort import read_cohort
from tumorcast.cohort.propose import Proposal, propose_study
from tumorcast.cohort.schema import ClinicalColumn, CohortSource, EndpointSource

N = 20


def propose(folder: Path, start: str, end: str, time: str | None = None) -> Proposal:
    """Propose for a table of which every second case has the event."""
    lines = ["pid,Hb (g/dL),relapse,diagnosis date,relapse date,last contact"]
    for i in range(N):
        day = f"{i + 1:02d}"
        event = end.replace("00", day) if i % 2 else ""
        lines.append(f"p{i},{12 + i / 10},{i % 2},{start},{event},{end.replace('00', day)}")
    (folder / "t.csv").write_text("\n".join(lines))
    return propose_study(folder / "t.csv", event="relapse", time=time, base=folder)


def test_times_between_dates_are_proposed_and_read(tmp_path: Path) -> None:
    proposal = propose(tmp_path, "2019-05-01", "2021-03-00")
    assert proposal.document["endpoint"] == {
        "name": "relapse",
        "event": "relapse",
        "time": "relapse date",
        "dates": {"start": "diagnosis date", "format": "YYYY-MM-DD"},
        "followup": "last contact",
        "horizons_days": ["all"],
    }
    document = proposal.document
    columns = {key: ClinicalColumn.model_validate(c) for key, c in document["columns"].items()}
    assert columns["hb_g_dl"].unit == "g/dL"
    reading = read_cohort(
        CohortSource.model_validate(document["cohort"]),
        columns,
        EndpointSource.model_validate(document["endpoint"]),
        tmp_path,
    )
    assert reading.outcome.time_days is not None
    assert reading.outcome.time_days[:2].tolist() == [670.0, 671.0]


def test_dates_that_can_be_read_in_two_ways_are_left_to_the_user(tmp_path: Path) -> None:
    proposal = propose(tmp_path, "01/05/2019", "03/04/2021")
    assert "time" not in proposal.document["endpoint"]
    assert "in DD/MM/YYYY or MM/DD/YYYY; declare" in proposal.notes["endpoint.time"]


@pytest.mark.parametrize(("time", "expected"), [("last contact", "last contact"), ("pid", None)])
def test_the_given_column_ends_the_time_if_it_holds_dates(
    tmp_path: Path, time: str, expected: str | None
) -> None:
    endpoint = propose(tmp_path, "01.05.2019", "00.03.2021", time).document["endpoint"]
    assert endpoint.get("time") == expected
