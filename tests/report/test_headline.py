from __future__ import annotations

import math

import pytest

from tumorcast.report.headline import headline_of
from tumorcast.report.results import Comparison, Estimate, HorizonResults
from tumorcast.report.roles import assign_roles


def compared(arm: str, reference: str, difference: float, p_holm: float) -> Comparison:
    return Comparison(arm, reference, "auroc", difference, difference - 0.05, difference + 0.05,
                      p_holm / 2, p_holm, "delong")  # fmt: skip


def headline(arms: dict[str, tuple[float, float]], *comparisons: Comparison) -> tuple[str, str]:
    estimates = {arm: {"auroc": Estimate(v, low, v + 0.1)} for arm, (v, low) in arms.items()}
    results = HorizonResults(math.inf, estimates, comparisons)
    found = headline_of(results, assign_roles(results, {}))
    return found.tone, found.verdict


@pytest.mark.parametrize(
    ("difference", "p_holm", "tone", "words"),
    [
        (0.1, 0.01, "better", "discriminates better than volume, the strongest baseline"),
        (0.1, 0.20, "not shown", "is not shown to beat volume, the strongest baseline"),
        (-0.1, 0.01, "worse", "discriminates worse than volume, the strongest baseline"),
    ],
)
def test_verdict_against_the_strongest_baseline(
    difference: float, p_holm: float, tone: str, words: str
) -> None:
    arms = {"fusion": (0.8, 0.7), "volume": (0.7, 0.6), "clinical": (0.6, 0.5)}
    weaker = compared("fusion", "clinical", 0.2, 0.001)
    found = headline(arms, compared("fusion", "volume", difference, p_holm), weaker)
    assert found == (tone, f"fusion {words}.")


def test_chance_is_said_before_anything_else() -> None:
    arms = {"fusion": (0.55, 0.45), "volume": (0.4, 0.3)}
    found = headline(arms, compared("fusion", "volume", 0.15, 0.01))
    assert found == ("not shown", "fusion is not shown to do better than chance.")


def test_an_untested_stronger_baseline_is_not_passed_over_in_silence() -> None:
    arms = {"fusion": (0.8, 0.7), "volume": (0.7, 0.6), "clinical": (0.79, 0.7)}
    _, verdict = headline(arms, compared("fusion", "volume", 0.1, 0.01))
    assert verdict.endswith("volume, the strongest baseline it was tested against.")


def test_without_a_test_there_is_no_claim() -> None:
    assert headline({"fusion": (0.8, 0.7)}) == (
        "not shown",
        "fusion does better than chance; it was tested against no baseline.",
    )


def test_an_interval_that_is_not_known_is_no_evidence() -> None:
    tone, verdict = headline({"fusion": (0.8, math.nan)})
    assert (tone, "chance" in verdict) == ("not shown", True)


def test_caveats_name_the_picking_and_the_implausible() -> None:
    estimates = {arm: {"auroc": Estimate(v, 0.9, 1.0)} for arm, v in {"a": 0.97, "b": 0.9}.items()}
    results = HorizonResults(math.inf, estimates, ())
    caveats = " ".join(headline_of(results, assign_roles(results, {})).caveats)
    assert "best of 2 arms" in caveats
    assert "known only after the outcome" in caveats
