from __future__ import annotations

import pandas as pd
import pytest

from tumorcast.report.trust import finding_groups, ledger_summary

MODEL = {"arm": "a", "repeat": 0, "horizon_days": 730.0}
PREDICTIONS = pd.DataFrame(
    [
        {**MODEL, "case": case, "patient": case[:2], "fold": fold}
        for case, fold in (("p1-a", 0), ("p1-b", 0), ("p2", 1), ("p3", 1))
    ]
)


def ledger(*steps: tuple[int, str, str]) -> pd.DataFrame:
    rows = [
        {**MODEL, "fold": fold, "step": step, "cases": cases, "n_cases": cases.count("\n") + 1,
         "violation": False}
        for fold, step, cases in steps
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"cases": "category"})


def test_steps_are_counted_by_kind() -> None:
    clean = ledger((0, "impute", "p2\np3"), (0, "inner_0/impute", "p2"), (1, "learn", "p1-a\np1-b"))
    found = ledger_summary(clean, PREDICTIONS)
    assert found is not None
    assert (found.n_steps, found.n_models, found.n_violations) == (3, 2, 0)
    assert [(k.step, k.n_fitted, k.n_cases) for k in found.kinds] == [
        ("impute", 2, (1, 2)), ("learn", 1, (2, 2)),
    ]  # fmt: skip


@pytest.mark.parametrize("seen", ["p2\np1-a", "p1-a"])
def test_a_step_that_saw_a_test_case_is_found_although_the_ledger_denies_it(seen: str) -> None:
    found = ledger_summary(ledger((0, "learn", seen), (1, "learn", "p1-a")), PREDICTIONS)
    assert found is not None
    assert found.n_violations == 1


def test_another_case_of_a_tested_patient_counts_as_seen() -> None:
    parted = PREDICTIONS.assign(fold=[0, 1, 1, 1])
    found = ledger_summary(ledger((0, "learn", "p1-b")), parted)
    assert found is not None
    assert found.n_violations == 1


def test_what_the_run_itself_found_is_kept() -> None:
    admitted = ledger((0, "learn", "p2")).assign(violation=True)
    found = ledger_summary(admitted, PREDICTIONS)
    assert found is not None
    assert found.n_violations == 1


def test_no_ledger_makes_no_claim() -> None:
    assert ledger_summary(None, PREDICTIONS) is None


def test_findings_are_grouped_with_the_gravest_first() -> None:
    def finding(code: str, consequence: str, case: str) -> dict[str, str]:
        return {"code": code, "consequence": consequence, "case": case, "found": f"in {case}",
                "expected": "", "fix": "mend"}  # fmt: skip

    groups = finding_groups(
        [
            finding("CLN-07", "warning", "c3"),
            finding("MSK-02", "excluded", "c2"),
            finding("MSK-02", "excluded", "c1"),
            finding("TAB-02", "repaired", ""),
        ]
    )
    assert [(g.code, g.consequence, g.n) for g in groups] == [
        ("MSK-02", "excluded", 2), ("TAB-02", "repaired", 1), ("CLN-07", "kept", 1),
    ]  # fmt: skip
    assert groups[0].cases == ("c1", "c2")
    assert groups[0].found == "in c2"
    assert groups[1].cases == ()
