"""The chapter that argues against the run: from ``scepticism.json`` to words and rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tumorcast.report.numbered_checks import NumberedChecks, numbered_checks
from tumorcast.report.verdict_words import BlockVerdict, block_verdicts
from tumorcast.report.words import (
    arm_name,
    count,
    interval,
    name_words,
    number,
    p_text,
    sentence,
    signed,
)

_PARTS = {
    "verdicts": "What each block adds",
    "optimism": "Optimism",
    "events": "Events for what is learned",
    "selection_stability": "Whether the same features are selected again",
    "null": "Outcomes dealt out anew",
    "controls": "Shuffled voxels and a region elsewhere",
    "centres": "Whether the centre can be told",
    "subgroups": "Groups of patients",
    "learning_curve": "Fewer patients",
}

CLEAR_OPTIMISM = 0.1
"""A drop from training rows to new ones of this much is named."""


@dataclass(frozen=True)
class Row:
    """A line of a table with an interval that is drawn.

    Parameters
    ----------
    name, group
        What the line is about, and the heading that it stands under.
    n
        Such as ``"12 of 60"``; empty where it says nothing.
    three
        Value, low, high; NaN where there is none.
    note
        What else is to be said.
    """

    name: str
    three: tuple[float, float, float]
    group: str = ""
    n: str = ""
    note: str = ""

    @property
    def text(self) -> str:
        """The value with its interval."""
        value, low, high = self.three
        around = interval(low, high)
        return f"{number(value)} ({around})" if around else number(value)


@dataclass(frozen=True)
class Doubt:
    """Everything on the page that speaks against the figures."""

    verdicts: tuple[BlockVerdict, ...]
    margin: str
    learned: tuple[Mapping[str, str], ...]
    null: str
    controls: tuple[tuple[str, tuple[Row, ...], str], ...]
    centres: tuple[Row, ...]
    subgroups: tuple[Row, ...]
    subgroup_words: str
    curve: tuple[Row, ...]
    curve_words: str
    left_out: tuple[tuple[str, str], ...]
    checks: NumberedChecks | None = None


def doubt_of(document: Mapping[str, Any], checks: Mapping[str, Any]) -> Doubt | None:
    """Return the chapter; ``None`` for a run without ``scepticism.json``.

    Parameters
    ----------
    document, checks
        The content of ``scepticism.json`` and of ``checks.json``.
    """
    if not document:
        return None
    verdicts = document.get("verdicts")
    return Doubt(
        verdicts=block_verdicts(verdicts) if verdicts else (),
        margin=f"{verdicts['margin']:g}" if verdicts else "",
        learned=_learned(document),
        null=_null(document.get("null")),
        controls=tuple(
            _control(image) for image in (document.get("controls") or {}).get("images", ())
        ),
        centres=_centres(document.get("centres")),
        subgroups=_subgroups(document.get("subgroups")),
        subgroup_words=_subgroup_words(document.get("subgroups")),
        curve=_curve(document.get("learning_curve")),
        curve_words=_curve_words(document.get("learning_curve")),
        left_out=tuple(
            (_PARTS[entry["part"]], sentence(entry["reason"])) for entry in document["left_out"]
        ),
        checks=numbered_checks(checks),
    )


def _learned(document: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """Return a line an arm: optimism, events by candidate and by used column, stability."""
    optimism = {row["arm"]: row for row in (document.get("optimism") or {}).get("arms", ())}
    stable = {
        row["arm"]: row for row in (document.get("selection_stability") or {}).get("arms", ())
    }
    rows = []
    for row in (document.get("events") or {}).get("arms", ()):
        arm = row["arm"]
        seen = optimism.get(arm)
        chosen = stable.get(arm)
        rows.append(
            {
                "arm": arm_name(arm),
                "apparent": number(seen["apparent"]) if seen else number(math.nan),
                "cross_validated": number(seen["cross_validated"]) if seen else number(math.nan),
                "optimism": signed(seen["optimism"]) if seen else number(math.nan),
                "large": "yes" if seen and seen["optimism"] >= CLEAR_OPTIMISM else "",
                "candidates": f"{row['candidates']}" + (" and a network" * row["network"]),
                "per_candidate": _ratio(row["per_candidate"]),
                "per_used": _ratio(row["per_used"]),
                "stability": _stability(chosen),
            }
        )
    return tuple(rows)


def _ratio(value: float | None) -> str:
    return number(math.nan) if value is None else f"{value:.2g}"


def _stability(row: Mapping[str, Any] | None) -> str:
    if row is None or row["value"] is None:
        return number(math.nan)
    return f"{number(row['value'])} ({interval(row['ci_low'], row['ci_high'])})"


def _null(null: Mapping[str, Any] | None) -> str:
    if null is None:
        return ""
    values = null["aurocs"]
    told = (
        f"{sentence(arm_name(null['arm']))} was validated {count(len(values), 'time')} on outcomes"
        f" dealt out anew among the patients: AUROC {number(null['mean'])} on average,"
        f" {interval(min(values), max(values))}. Of nothing, about 0.50 is to be seen."
    )
    if null["excess"] > 3:
        return f"{told} This is too high: something leaks."
    high = null["as_high"]
    return told + (
        f" None reached the {number(null['observed'])} of the true outcomes."
        if high == 0
        else f" {high} of them reached the {number(null['observed'])} of the true outcomes."
    )


def _control(image: Mapping[str, Any]) -> tuple[str, tuple[Row, ...], str]:
    tests = {test["reference"]: test for test in image["comparisons"]}
    rows = []
    for name, model in image["models"].items():
        test = tests.get(name)
        rows.append(Row(sentence(name), _three(model), note=_difference(test) if test else ""))
    return name_words(image["image"]), tuple(rows), _control_words(image, tests)


def _control_words(image: Mapping[str, Any], tests: Mapping[str, Mapping[str, Any]]) -> str:
    name = name_words(image["image"])
    as_good = [
        control
        for control, test in tests.items()
        if not (test["ci_low"] is not None and test["ci_low"] > 0)
    ]
    lacking = "".join(
        f" {sentence(control)}: no place for it in {n} of {count(image['cases'], 'case')}"
        + (", so that it is left out." if control not in tests else ".")
        for control, n in image["cases_without"].items()
        if n
    )
    if not tests:
        return lacking.strip()
    if not as_good:
        others = "its control" if len(tests) == 1 else "both controls"
        return f"The tumour as it was measured on {name} does better than {others}.{lacking}"
    return (
        f"On {name} the tumour as it was measured is not shown to do better than"
        f" {' or '.join(as_good)}: do not read its features as the texture of the tumour.{lacking}"
    )


def _difference(test: Mapping[str, Any]) -> str:
    value, low, high = _three(test, "difference")
    return f"{signed(value)} ({interval(low, high)}), p {_p_value(test['p_value'])}"


def _centres(centres: Mapping[str, Any] | None) -> tuple[Row, ...]:
    if centres is None:
        return ()
    return tuple(
        Row(
            sentence(name_words(row["block"])) + (", harmonised" * row["harmonised"]),
            (row["auroc"], math.nan, math.nan),
            note="; ".join(f"{centre} {number(v)}" for centre, v in row["by_centre"].items()),
        )
        for row in centres["blocks"]
    )


def _subgroups(part: Mapping[str, Any] | None) -> tuple[Row, ...]:
    if part is None:
        return ()
    return tuple(
        Row(
            row["level"],
            _three(row, "auroc"),
            group=sentence(name_words(row["column"])),
            n=f"{row['n_events']} of {row['n']}",
            note=sentence(row["reason"]) or _p(row["p_holm"]),
        )
        for row in part["groups"]
    )


def _subgroup_words(part: Mapping[str, Any] | None) -> str:
    if part is None:
        return ""
    tests = [row for row in part["groups"] if row["p_holm"] is not None]
    clear = [row for row in tests if row["p_holm"] < 0.05]
    if not tests:
        return "No group could be tested against the others: too few events."
    if not clear:
        return (
            f"No difference between groups is shown ({count(len(tests), 'test')}, Holm's"
            " correction). With so few events, only large ones could be."
        )
    told = ", ".join(f"{name_words(row['column'])} {row['level']}" for row in clear)
    return f"The model does better or worse here than in the other patients: {told}."


def _curve(part: Mapping[str, Any] | None) -> tuple[Row, ...]:
    points: Sequence[Mapping[str, Any]] = part["points"] if part else ()
    return tuple(
        Row(f"{point['share']:.0%}", _three(point), n=str(point["cases"])) for point in points
    )


def _curve_words(part: Mapping[str, Any] | None) -> str:
    if part is None:
        return ""
    *_, before, last = part["points"]
    rise = last["value"] - before["value"]
    told = (
        f"{sentence(arm_name(part['arm']))}, taught with parts of its training patients and judged"
        f" on the same others: {signed(rise)} from {before['share']:.0%} to all of them."
    )
    return told + (
        " It still rises: more patients would likely help."
        if rise > 0.01
        else " It does not rise at its end: more patients of the same kind may not help."
    )


def _p_value(value: float | None) -> str:
    return p_text(math.nan if value is None else value)


def _p(value: float | None) -> str:
    return "" if value is None else f"p {p_text(value)}"


def _three(row: Mapping[str, Any], key: str = "value") -> tuple[float, float, float]:
    first, low, high = (
        math.nan if row[name] is None else float(row[name]) for name in (key, "ci_low", "ci_high")
    )
    return first, low, high
