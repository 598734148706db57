"""Who was studied: how many were found, left out and analysed, and what became of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tumorcast.report.run_files import RunFiles


@dataclass(frozen=True)
class Reason:
    """Why cases were left out.

    Parameters
    ----------
    code
        Code of the finding.
    text
        What was found; in the first of the cases where the measured values differ.
    n
        Number of cases.
    """

    code: str
    text: str
    n: int


@dataclass(frozen=True)
class Fate:
    """A group of analysed cases by what happened to them up to the horizon."""

    name: str
    n: int
    kind: str


@dataclass(frozen=True)
class Flow:
    """The way from what was found to what was analysed.

    Parameters
    ----------
    found
        Cases found; ``None`` when the run did not record it.
    left_out
        Reasons with their counts, largest first.
    repaired
        Cases that were repaired and kept.
    analysed
        Cases with out-of-fold predictions.
    fates
        What happened to them up to the primary horizon.
    """

    found: int | None
    left_out: tuple[Reason, ...]
    repaired: int
    analysed: int
    fates: tuple[Fate, ...]

    @property
    def n_left_out(self) -> int:
        """All cases that were found and not analysed."""
        return sum(reason.n for reason in self.left_out)

    @property
    def n_events(self) -> int:
        """Cases that had the event by the horizon; of several classes those of the rarest."""
        classes = [fate.n for fate in self.fates if fate.kind == "class"]
        return min(classes) if classes else sum(f.n for f in self.fates if f.kind == "event")


def analysed_cases(files: RunFiles) -> pd.DataFrame:
    """Return one row a case, indexed by case id, with ``patient, centre, event, time``.

    Of an endpoint of several classes there is a column ``class`` more: which the case is of.
    """
    frame = files.predictions.frame
    if files.levels:
        frame = frame[frame["event"] == 1]
    frame = frame.drop_duplicates("case").set_index("case")
    return frame[["patient", "centre", "event", "time", *["class"] * bool(files.levels)]]


def n_centres(files: RunFiles) -> int:
    """Return how many centres the analysed cases come from; 0 when that is not known."""
    return len(set(files.predictions.frame["centre"]) - {""})


def flow_of(files: RunFiles, horizon_days: float) -> Flow:
    """Return the flow of cases; what happened to them is counted at the horizon."""
    cases = analysed_cases(files)
    counts: Mapping[str, int] = files.quality.get("flow") or {}
    found = counts.get("in")
    reasons = reasons_of(files.quality.get("findings") or ())
    unexplained = 0 if found is None else found - len(cases) - sum(r.n for r in reasons)
    failed = min(counts.get("failed", 0), max(unexplained, 0))
    if failed:
        reasons.append(Reason("", "computing failed; see the journal of the run", failed))
    if unexplained > failed:
        reasons.append(Reason("", _why_not_tested(files), unexplained - failed))
    return Flow(
        found=found,
        left_out=tuple(reasons),
        repaired=counts.get("repaired", 0),
        analysed=len(cases),
        fates=_classes(cases, files.levels) if files.levels else _fates(cases, horizon_days),
    )


def _classes(cases: pd.DataFrame, levels: Sequence[str]) -> tuple[Fate, ...]:
    return tuple(Fate(level, int((cases["class"] == level).sum()), "class") for level in levels)


def _why_not_tested(files: RunFiles) -> str:
    design = files.study.get("validation") or {}
    if isinstance(design.get("centres"), Mapping):
        return "learned from, or of other centres than those tested"
    if design.get("splits"):
        return "learned from only, or in no split of the study"
    if design.get("temporal"):
        return "learned from: earlier than those tested"
    return "outcome at the horizon not known"


def reasons_of(findings: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Group the exclusions by code; a case with several findings counts for the first."""
    seen: set[str] = set()
    groups: dict[str, list[str]] = {}
    for finding in findings:
        case = finding.get("case", "")
        if finding.get("consequence") == "excluded" and case not in seen:
            seen.add(case)
            groups.setdefault(finding.get("code", ""), []).append(finding.get("found", ""))
    reasons = [
        Reason(code, texts[0] if len(set(texts)) == 1 else f"such as: {texts[0]}", len(texts))
        for code, texts in groups.items()
    ]
    return sorted(reasons, key=lambda reason: -reason.n)


def _fates(cases: pd.DataFrame, horizon_days: float) -> tuple[Fate, ...]:
    reached = cases["time"].isna() | (cases["time"] <= horizon_days)
    event, time_known = cases["event"], not cases["time"].isna().all()
    had_event = int(((event == 1) & reached).sum())
    competing = int(((event > 1) & reached).sum())
    lost = 0
    if time_known and math.isfinite(horizon_days):
        lost = int(((event == 0) & reached).sum())
    free = len(cases) - had_event - competing - lost
    fates = (
        Fate("had the event", had_event, "event"),
        Fate("had a competing event first", competing, "competing"),
        Fate("were followed without it", free, "free"),
        Fate("were censored earlier", lost, "censored"),
    )
    return tuple(fate for fate in fates if fate.n or fate.kind in {"event", "free"})
