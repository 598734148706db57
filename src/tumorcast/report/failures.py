"""The cases that were predicted best and worst."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tumorcast.report.case_pictures import CasePicture, Strip
from tumorcast.report.words import DAYS_A_YEAR, count
from tumorcast.validation import ArmScores

MOST_CASES = 3


@dataclass(frozen=True)
class ToldCase:
    """One case.

    Parameters
    ----------
    case
        Its id.
    probability
        Predicted out of fold, mean of the repeats.
    rank
        Its place among all cases with a known state, 1 the highest probability.
    fate
        What happened, in words.
    strips
        Its pictures; none without images.
    """

    case: str
    probability: float
    rank: int
    fate: str
    strips: tuple[Strip, ...]


@dataclass(frozen=True)
class Told:
    """Cases of one kind, the most telling first."""

    title: str
    wrong: bool
    cases: tuple[ToldCase, ...]


@dataclass(frozen=True)
class Failures:
    """Best and worst predicted cases, out of how many."""

    groups: tuple[Told, ...]
    n: int


def failures_of(arm: ArmScores, pictures: tuple[CasePicture, ...]) -> Failures | None:
    """Return the cases that an arm predicted worst and best among those whose state is known.

    Most wrong: events with the lowest predicted probability, and cases without the event with the
    highest. ``None`` when all cases are in one class.
    """
    known = np.flatnonzero(arm.weight > 0)
    event = arm.label[known] == 1
    if event.all() or not event.any():
        return None
    strips = {picture.case: picture.strips for picture in pictures}
    return Failures(tuple(_groups(arm, known, event, strips)), len(known))


def _groups(
    arm: ArmScores,
    known: np.typing.NDArray[np.intp],
    event: np.typing.NDArray[np.bool_],
    strips: Mapping[str, tuple[Strip, ...]],
) -> Iterator[Told]:
    probability = arm.probability[:, known].mean(axis=0)
    low_first = np.argsort(probability, kind="stable")
    high_first = low_first[::-1]
    rank = {int(row): place + 1 for place, row in enumerate(high_first)}
    for title, wrong, order, wanted in (
        ("Had the event, at the lowest predicted risk", True, low_first, True),
        ("Had no event, at the highest predicted risk", True, high_first, False),
        ("Had the event, at the highest predicted risk", False, high_first, True),
        ("Had no event, at the lowest predicted risk", False, low_first, False),
    ):
        rows = [int(row) for row in order if event[row] == wanted][:MOST_CASES]
        cases = tuple(
            ToldCase(
                case=arm.cases[known[row]],
                probability=float(probability[row]),
                rank=rank[row],
                fate=_fate(int(arm.event[known[row]]), float(arm.time_days[known[row]])),
                strips=strips.get(arm.cases[known[row]], ()),
            )
            for row in rows
        )
        yield Told(title, wrong, cases)


def _fate(event: int, time_days: float) -> str:
    what = {0: "followed without it", 1: "event"}.get(event, "competing event")
    if math.isnan(time_days):
        return what
    months = time_days / (DAYS_A_YEAR / 12)
    return f"{what}, {'for' if event == 0 else 'after'} {count(round(months), 'month')}"
