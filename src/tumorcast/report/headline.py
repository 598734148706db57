"""The result in one sentence that a sceptical reader would accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tumorcast.report.results import Comparison, Estimate, HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.words import arm_name, count, interval, number, p_text, signed

Tone = Literal["better", "not shown", "worse"]


@dataclass(frozen=True)
class Headline:
    """What the run showed at one horizon.

    Parameters
    ----------
    tone
        Whether the leading arm beats the strongest baseline beyond chance.
    verdict
        The sentence in large type.
    caveats
        What else has to be known to read it rightly.
    lead, yardstick
        Names and figures of the two arms; the yardstick is ``None`` without baselines.
    gain
        The paired test between the two, if it was made.
    """

    tone: Tone
    verdict: str
    caveats: tuple[str, ...]
    lead: tuple[str, Estimate]
    yardstick: tuple[str, Estimate] | None
    gain: Comparison | None


def headline_of(results: HorizonResults, roles: Roles) -> Headline:
    """Return the headline at one horizon."""
    lead = results.auroc(roles.lead)
    baselines = [arm for arm in roles.baselines if arm in results.arms]
    tested = [arm for arm in baselines if results.comparison(roles.lead, arm)]
    best = max(baselines, key=lambda arm: results.auroc(arm).value, default=None)
    rival = max(tested, key=lambda arm: results.auroc(arm).value, default=best)
    gain = results.comparison(roles.lead, rival) if rival else None
    measure = (
        "the strongest baseline"
        if rival == best
        else "the strongest baseline it was tested against"
    )
    tone, verdict = _verdict(roles.lead, lead, f"{arm_name(rival or '')}, {measure}", gain)
    return Headline(
        tone=tone,
        verdict=verdict,
        caveats=tuple(_caveats(roles, results, gain)),
        lead=(roles.lead, lead),
        yardstick=(rival, results.auroc(rival)) if rival else None,
        gain=gain,
    )


def _verdict(arm: str, lead: Estimate, rival: str, gain: Comparison | None) -> tuple[Tone, str]:
    name = arm_name(arm)
    if not lead.ci_low > 0.5:
        return "not shown", f"{name} is not shown to do better than chance."
    if gain is None:
        return "not shown", f"{name} does better than chance; it was tested against no baseline."
    if gain.is_higher:
        return "better", f"{name} discriminates better than {rival}."
    if gain.is_lower:
        return "worse", f"{name} discriminates worse than {rival}."
    return "not shown", f"{name} is not shown to beat {rival}."


def _caveats(roles: Roles, results: HorizonResults, gain: Comparison | None) -> Sequence[str]:
    caveats = []
    if gain is not None:
        caveats.append(
            f"Difference in AUROC {signed(gain.difference)}"
            f" (95% interval {interval(gain.ci_low, gain.ci_high)}),"
            f" paired {words_of_test(gain.test)},"
            f" p\N{NO-BREAK SPACE}{_equals(p_text(gain.p_value))},"
            f" and {p_text(gain.p_holm)} after Holm's correction for"
            f" {count(len(results.comparisons), 'comparison')}."
        )
    if roles.n_candidates > 1:
        caveats.append(
            f"{arm_name(roles.lead)} is the best of {roles.n_candidates} arms by this very figure,"
            " so its AUROC is somewhat optimistic; a new cohort will tell."
        )
    if results.auroc(roles.lead).value > 0.95:
        caveats.append(
            f"An AUROC of {number(results.auroc(roles.lead).value)} is rare in this field: look"
            " for a variable that is known only after the outcome before believing it."
        )
    return caveats


def words_of_test(test: str) -> str:
    """Return the name of a paired test as papers write it."""
    return {"delong": "DeLong test"}.get(test, test)


def _equals(text: str) -> str:
    return text if text.startswith("<") else f"=\N{NO-BREAK SPACE}{text}"
