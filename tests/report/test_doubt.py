"""The chapter that argues against the run."""

from __future__ import annotations

from typing import Any

from tumorcast.report.doubt import doubt_of


def gain(difference: float, low: float, high: float) -> dict[str, Any]:
    return {
        "beyond": "clinical variables + tumour volume", "arm": "a", "reference": "b",
        "difference": difference, "ci_low": low, "ci_high": high, "p_value": 0.01,
    }  # fmt: skip


def document(**parts: Any) -> dict[str, Any]:
    return {"horizon_days": "730", "left_out": [], **parts}


def verdict(block: str, answer: str, *gains: dict[str, Any]) -> dict[str, Any]:
    return {"block": block, "answer": answer, "p_holm": 0.03, "gains": list(gains)}


def test_a_run_without_doubts_has_no_chapter() -> None:
    assert doubt_of({}, {}) is None


def test_every_verdict_is_one_plain_sentence() -> None:
    blocks = [
        verdict("radiomics of ct", "adds", gain(0.061, 0.02, 0.10)),
        verdict("laboratory values", "does not add", gain(-0.03, -0.05, 0.01)),
        verdict("tumour volume", "cannot be told", gain(0.01, -0.04, 0.06)),
        verdict("clinical variables", "cannot be told"),
    ]
    found = doubt_of(
        document(verdicts={"blocks": blocks, "margin": 0.02, "models": {}, "alone": {},
                           "columns": {}}),
        {},
    )  # fmt: skip
    assert found is not None
    assert [block.sentence for block in found.verdicts] == [
        (
            "Radiomics of CT adds to the prediction: AUROC +0.06 (0.02 to 0.10) when added to"
            " clinical variables + tumour volume."
        ),
        (
            "Laboratory values do not add to the prediction: AUROC \N{MINUS SIGN}0.03"
            " (\N{MINUS SIGN}0.05 to 0.01) when added to clinical variables + tumour volume;"
            " a gain of 0.02 is ruled out."
        ),
        (
            "Whether tumour volume adds cannot be told at this size: AUROC +0.01"
            " (\N{MINUS SIGN}0.04 to 0.06) when added to clinical variables + tumour volume."
        ),
        "Clinical variables: nothing to compare with, as this is the only block.",
    ]


def null(mean: float, excess: float) -> dict[str, Any]:
    return {
        "arm": "radiomics", "aurocs": [mean - 0.02, mean + 0.02], "mean": mean,
        "expected_sd": 0.05, "excess": excess, "observed": 0.72, "as_high": 0,
    }  # fmt: skip


def test_a_null_run_that_shows_something_is_called_a_leak() -> None:
    leaks, sound = (
        doubt_of(document(null=null(mean, excess)), {}) for mean, excess in ((0.8, 8.5), (0.5, 0.0))
    )
    assert leaks is not None
    assert sound is not None
    assert "something leaks" in leaks.null
    assert "None reached the 0.72" in sound.null


def control(low: float, without: int = 0) -> dict[str, Any]:
    model = {"value": 0.7, "ci_low": 0.6, "ci_high": 0.8}
    test = {"reference": "voxels shuffled", "difference": 0.05, "ci_low": low, "ci_high": 0.2,
            "p_value": 0.04}  # fmt: skip
    return {"image": "ct", "cases": 50, "cases_without": {"region elsewhere": without},
            "models": {"as measured": model, "voxels shuffled": model},
            "comparisons": [test]}  # fmt: skip


def test_a_control_that_does_as_well_is_a_warning_about_texture() -> None:
    found = doubt_of(document(controls={"images": [control(-0.01), control(0.01, without=30)]}), {})
    assert found is not None
    (_, _, doubtful), (_, rows, sound) = found.controls
    assert "do not read its features as the texture" in doubtful
    assert sound.startswith("The tumour as it was measured on CT does better than its control.")
    assert "no place for it in 30 of 50 cases, so that it is left out" in sound
    assert [row.name for row in rows] == ["As measured", "Voxels shuffled"]


def group(level: str, p_holm: float | None, reason: str = "") -> dict[str, Any]:
    return {"column": "t_stage", "level": level, "n": 40, "n_events": 12, "auroc": 0.7,
            "ci_low": 0.6, "ci_high": 0.8, "p_holm": p_holm, "reason": reason}  # fmt: skip


def test_groups_that_differ_are_named_and_small_ones_give_their_reason() -> None:
    rows = [group("T1", 0.01), group("T4", 0.6), group("T2", None, "fewer than 5 cases")]
    found = doubt_of(document(subgroups={"groups": rows}), {})
    assert found is not None
    assert found.subgroup_words.endswith("than in the other patients: t stage T1.")
    assert [row.note for row in found.subgroups] == ["p 0.010", "p 0.60", "Fewer than 5 cases"]


def test_a_curve_that_still_rises_asks_for_more_patients() -> None:
    def curve(last: float) -> str:
        points = [
            {"share": share, "cases": 50, "value": value, "ci_low": 0.5, "ci_high": 0.9}
            for share, value in ((0.8, 0.66), (1.0, last))
        ]
        found = doubt_of(document(learning_curve={"arm": "radiomics", "points": points}), {})
        assert found is not None
        return found.curve_words

    assert "more patients would likely help" in curve(0.70)
    assert "may not help" in curve(0.66)


def test_failed_checks_stand_first_and_are_counted() -> None:
    checks = [
        {"code": f"CHK-0{number}", "check": "a", "state": state, "evidence": "b"}
        for number, state in enumerate(("passed", "not applicable", "failed", "passed"))
    ]
    found = doubt_of(document(), {"checks": checks})
    assert found is not None
    assert found.checks is not None
    assert [row["code"] for row in found.checks.rows] == ["CHK-02", "CHK-00", "CHK-03", "CHK-01"]
    counts = (found.checks.n_passed, found.checks.n_failed, found.checks.n_open)
    assert counts == (2, 1, 1)
