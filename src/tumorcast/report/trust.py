"""What speaks for or against believing the figures: what was fitted on whom, what was repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

_ORDER = ("refused", "ask", "excluded", "repaired", "warning")
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


def ledger_summary(ledger: pd.DataFrame | None) -> LedgerSummary | None:
    """Count the fitted steps and those that saw a case they were tested on."""
    if ledger is None or ledger.empty:
        return None
    steps = ledger.assign(step=ledger["step"].str.rsplit("/", n=1).str[-1])
    by_kind = steps.groupby("step", sort=False)["n_cases"].agg(["size", "min", "max"])
    return LedgerSummary(
        n_steps=len(ledger),
        n_violations=int(ledger["violation"].sum()),
        n_models=len(ledger.drop_duplicates(["arm", "repeat", "fold", "horizon_days"])),
        kinds=tuple(
            StepKind(str(step), int(n), (int(low), int(high)))
            for step, (n, low, high) in zip(by_kind.index, by_kind.to_numpy(), strict=True)
        ),
    )


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
