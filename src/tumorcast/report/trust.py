"""What speaks for or against believing the figures: what was fitted on whom, what was repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

_ORDER = ("refused", "ask", "excluded", "repaired", "warning")
_MODEL = ["arm", "repeat", "fold", "horizon_days"]
_CONSEQUENCE = {
    "refused": "refused",
    "ask": "asked",
    "excluded": "excluded",
    "repaired": "repaired",
    "warning": "kept",
}


@dataclass(frozen=True)
class StepKind:
    """All fittings of one kind of step; `n_cases` is the range of training rows."""

    step: str
    n_fitted: int
    n_cases: tuple[int, int]


@dataclass(frozen=True)
class LedgerSummary:
    """What the ledger of fitted steps says."""

    n_steps: int
    n_violations: int
    n_models: int
    kinds: tuple[StepKind, ...]


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one code and consequence, with the first as the example."""

    code: str
    consequence: str
    n: int
    found: str
    expected: str
    fix: str
    cases: tuple[str, ...]


def ledger_summary(ledger: pd.DataFrame | None, predictions: pd.DataFrame) -> LedgerSummary | None:
    """Count the fitted steps and those that saw a patient they were tested on.

    The run's own judgement is not taken on trust: the cases of every step are compared here with
    the patients that the model of the same fold predicted.
    """
    if ledger is None or ledger.empty:
        return None
    broken = ledger["violation"].astype(bool) | _saw_tested_patients(ledger, predictions)
    steps = ledger.assign(step=ledger["step"].str.rsplit("/", n=1).str[-1])
    by_kind = steps.groupby("step", sort=False)["n_cases"].agg(["size", "min", "max"])
    return LedgerSummary(
        n_steps=len(ledger),
        n_violations=int(broken.sum()),
        n_models=len(ledger.drop_duplicates(_MODEL)),
        kinds=tuple(
            StepKind(str(step), int(n), (int(low), int(high)))
            for step, (n, low, high) in zip(by_kind.index, by_kind.to_numpy(), strict=True)
        ),
    )


def _saw_tested_patients(ledger: pd.DataFrame, predictions: pd.DataFrame) -> pd.Series[bool]:
    patient_of = dict(zip(predictions["case"], predictions["patient"], strict=True))
    tested = {model: set(rows["patient"]) for model, rows in predictions.groupby(_MODEL)}
    seen = ledger.assign(cases=ledger["cases"].astype(str)).groupby([*_MODEL, "cases"])
    broken = pd.Series(data=False, index=ledger.index)
    for key, rows in seen:
        *model, cases = key
        patients = {patient_of.get(case, case) for case in str(cases).split("\n")}
        broken[rows.index] = not patients.isdisjoint(tested[tuple(model)])
    return broken


def finding_groups(findings: Sequence[Mapping[str, Any]]) -> tuple[FindingGroup, ...]:
    """Return the findings by code, the gravest first."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for finding in findings:
        groups.setdefault((finding["consequence"], finding["code"]), []).append(finding)
    ranked = sorted(groups.items(), key=lambda item: (_ORDER.index(item[0][0]), -len(item[1])))
    return tuple(
        FindingGroup(
            code=code,
            consequence=_CONSEQUENCE[consequence],
            n=len(members),
            found=members[0]["found"],
            expected=members[0]["expected"],
            fix=members[0]["fix"],
            cases=tuple(sorted({f["case"] for f in members if f.get("case")})),
        )
        for (consequence, code), members in ranked
    )
