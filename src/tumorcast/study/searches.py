"""The search of a learner's parameters: from the study file to trials, and whether it can work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tumorcast.errors import Finding
from tumorcast.study.schema import Arm
from tumorcast.study.schema_search import SearchChoice, Searched, SearchRange

if TYPE_CHECKING:
    from tumorcast.fusion.search_space import Range, Settings


def trials_of(arm: Arm, learner: str, seed: int) -> tuple[Settings, ...]:
    """Return the settings of a learner that the search of an arm tries, the defaults first."""
    from tumorcast.fusion.search_space import draw_trials  # noqa: PLC0415  (numpy is heavy)

    if arm.search is None:
        return ()
    ranges = _searchable(learner)
    asked = arm.search.parameters
    space = (
        {name: _within(ranges[name], values) for name, values in asked.items()}
        if asked
        else {name: each for name, each in ranges.items() if name != "keep"}
    )
    return draw_trials(space, arm.search.trials, seed)


def searched_where_it_is(arm: Arm, learner: str) -> Arm:
    """Return an arm of one learner whose search says what is searched, and where."""
    if arm.search is None or arm.search.parameters:
        return arm
    parameters: dict[str, Searched] = {
        name: SearchRange.model_validate({"low": each.low, "high": each.high})
        for name, each in _searchable(learner).items()
        if name != "keep"
    }
    search = arm.search.model_copy(update={"parameters": parameters})
    return arm.model_copy(update={"search": search})


def search_findings(arms: Mapping[str, Arm]) -> Iterator[Finding]:
    """Yield ``PLN-20`` for every search that cannot be made."""
    for name, arm in arms.items():
        if arm.search is None:
            continue
        where = f"arms.{name}.search.parameters"
        if arm.select is None and "keep" in arm.search.parameters:
            yield _refused(
                f"{where} names 'keep', and arms.{name} selects nothing",
                "select: {method: ..., keep: ...}, of whose `keep` the search tries others",
                "give the arm a selection, or leave out keep",
            )
        if arm.grid is None:
            yield from _of_learner(where, str(arm.learner), arm.search.parameters)
        else:
            others = [key for key in arm.search.parameters if key != "keep"]
            if others:
                yield _refused(
                    f"{where} names {', '.join(others)}, and arms.{name} is a grid",
                    "`search: 30`, which searches every learner of a grid in its own ranges, or "
                    "`keep` alone",
                    "leave out the parameters, or give the arm one learner",
                )


def _of_learner(
    where: str, learner: str, parameters: Mapping[str, SearchRange | SearchChoice]
) -> Iterator[Finding]:
    ranges = _searchable(learner)
    for key, asked in parameters.items():
        if key not in ranges:
            yield _refused(
                f"{where} names '{key}', which the learner '{learner}' does not have",
                f"one of {', '.join(ranges)}",
                "correct the name, or leave it out",
            )
            continue
        wrong = [value for value in asked.values if not ranges[key].admits(value)]
        if wrong:
            yield _refused(
                f"{where}.{key} names {', '.join(f'{value:g}' for value in wrong)}",
                _admitted(ranges[key]),
                f"by default it is searched from {ranges[key].low:g} to {ranges[key].high:g}",
            )


def _refused(found: str, expected: str, fix: str) -> Finding:
    return Finding("PLN-20", "refused", found, expected, fix)


def _searchable(learner: str) -> Mapping[str, Range]:
    from tumorcast.fusion.search_space import KEEP, KEPT, SEARCHABLE  # noqa: PLC0415

    return {**SEARCHABLE.get(learner, {}), KEEP: KEPT}


def _within(default: Range, asked: SearchRange | SearchChoice) -> Range | list[float]:
    if isinstance(asked, SearchChoice):
        return [int(value) if default.whole else value for value in asked.values]
    return replace(default, low=asked.low, high=asked.high)


def _admitted(default: Range) -> str:
    what = "whole numbers" if default.whole else "numbers"
    above = f" from {default.least:g}" if default.least else ""
    above = above or (" above 0" if default.scale == "log" else " from 0")
    return f"{what}{above}{f' to {default.most:g}' if default.most < float('inf') else ''}"
