"""Splits that the study gives itself, case by case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tumorcast.errors import first_of, refuse
from tumorcast.validation.by_centre import require_classes
from tumorcast.validation.splits import Known, Labels, Split


@dataclass(frozen=True)
class GivenSplit:
    """Ids of the cases that are learned from and of those that are tested."""

    train: frozenset[str]
    test: frozenset[str]


@dataclass(frozen=True)
class GivenSplits:
    """Fixed splits; every case is tested once at most.

    Parameters
    ----------
    seed
        Of whatever is random in the models.
    splits
        Ids that are not among the validated cases leave their sides.
    sides
        What the two sides are called where the study is refused.
    """

    seed: int
    splits: tuple[GivenSplit, ...]
    sides: tuple[str, str] = ("training side", "tested side")

    repeats = 1

    @property
    def listed(self) -> frozenset[str]:
        """Every id on any side."""
        return frozenset().union(*(split.train | split.test for split in self.splits))

    def name(self, side: int, number: int) -> str:
        """Return what a side of a split is called."""
        of_which = f" of split {number + 1}" if len(self.splits) > 1 else ""
        return f"the {self.sides[side]}{of_which}"


def given_splits(
    labels: Labels,
    known: Known,
    case_ids: Sequence[str],
    patients: Sequence[str],
    design: GivenSplits,
) -> tuple[Split, ...]:
    """Return the splits of the design as positions of the cases.

    Parameters
    ----------
    labels, known
        As in `make_splits`.
    case_ids, patients
        Of each case, shape (n,).

    Raises
    ------
    StudyRefusedError
        ``VAL-10`` when a patient is on both sides of a split, ``VAL-15`` when a side has no case,
        ``VAL-07`` when a training side or all tested cases hold one class only.
    """
    patient = np.array(patients, dtype=np.str_)
    splits = []
    for number, given in enumerate(design.splits):
        rows = [
            np.flatnonzero([one in ids for one in case_ids]) for ids in (given.train, given.test)
        ]
        for side, of_side in enumerate(rows):
            if not len(of_side):
                raise refuse(
                    "VAL-15",
                    f"{design.name(side, number)} has no case that can be used",
                    expected="cases on both sides",
                    fix="correct validation.splits, or the day or number of validation.temporal",
                )
        learned, tested = ({str(who) for who in patient[of_side]} for of_side in rows)
        _require_apart(learned, tested, number)
        splits.append(Split(0, number, *rows))
        require_classes(splits[-1].train, labels, known, design.name(0, number))
    everyone = np.concatenate([split.test for split in splits])
    who = design.name(1, 0) if len(splits) == 1 else "the tested cases of all splits"
    require_classes(everyone, labels, known, who)
    return tuple(splits)


def _require_apart(learned: set[str], tested: set[str], number: int) -> None:
    both = sorted(learned & tested)
    if both:
        raise refuse(
            "VAL-10",
            f"{len(both)} patients are on both sides of split {number + 1} ({first_of(both, 5)})",
            expected="all cases of a patient on one side",
            fix="move all cases of these patients to one side in the file of the splits",
        )
