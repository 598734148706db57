"""Splits that keep centres apart: what a model is worth where it was not made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import refuse
from tumorcast.validation.splits import Known, Labels, Split


@dataclass(frozen=True)
class ByCentre:
    """Learn in some centres and test in others; or leave each centre out once.

    Parameters
    ----------
    seed
        Of whatever is random in the models.
    train, test
        Names of centres. Both empty: every centre is tested by models of all others, and the
        tested cases are pooled.
    """

    seed: int
    train: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    repeats = 1

    def sides(self, centres: Sequence[str]) -> list[tuple[set[str], set[str]]]:
        """Return training and test centres of each fold."""
        if self.test:
            return [(set(self.train), set(self.test))]
        everywhere = sorted(set(centres))
        return [(set(everywhere) - {centre}, {centre}) for centre in everywhere]


def centre_splits(
    labels: Labels,
    known: Known,
    patients: Sequence[str],
    centres: Sequence[str],
    design: ByCentre,
) -> tuple[Split, ...]:
    """Return one split a fold of the design; a patient who is tested is never learned from.

    Parameters
    ----------
    labels, known
        As in `make_splits`.
    patients, centres
        Of each case, shape (n,).

    Raises
    ------
    StudyRefusedError
        ``VAL-06`` when a named centre has no case or there are fewer than two, ``VAL-07`` when
        the training cases of a fold or all tested cases hold one class only.
    """
    _require_centres(centres, design)
    patient = np.array(patients, dtype=np.str_)
    splits = []
    for fold, (learned, tested) in enumerate(design.sides(centres)):
        test = np.isin(centres, sorted(tested))
        train = np.isin(centres, sorted(learned)) & ~np.isin(patient, patient[test])
        splits.append(Split(0, fold, np.flatnonzero(train), np.flatnonzero(test)))
        require_classes(splits[-1].train, labels, known, f"the training centres {_text(learned)}")
    everyone = np.concatenate([split.test for split in splits])
    require_classes(everyone, labels, known, "the tested centres")
    return tuple(splits)


def _require_centres(centres: Sequence[str], design: ByCentre) -> None:
    there = sorted(set(centres))
    strange = sorted({*design.train, *design.test} - {*there})
    if strange or len(there) < 2:
        raise refuse(
            "VAL-06",
            f"no case of {_text(strange)}" if strange else f"one centre, {_text(there)}",
            expected=f"centres among {_text(there)}" if strange else "two centres or more",
            fix="correct validation.centres, or cohort.centre, which says where a centre stands",
        )


def require_classes(rows: NDArray[np.int64], labels: Labels, known: Known, who: str) -> None:
    """Refuse (``VAL-07``) rows that hold one class only at any horizon."""
    for number, (label, certain) in enumerate(zip(labels, known, strict=True)):
        of_rows = label[rows][certain[rows]]
        n_with = int(of_rows.sum())
        if 0 < n_with < len(of_rows):
            continue
        horizon = f" at horizon {number + 1} of {len(labels)}" if len(labels) > 1 else ""
        raise refuse(
            "VAL-07",
            f"{who} have {n_with} cases with the event, {len(of_rows) - n_with} without{horizon}",
            expected="cases of both kinds",
            fix="put more cases on this side, or choose another horizon",
        )


def _text(centres: Sequence[str] | set[str]) -> str:
    return ", ".join(sorted(centre or "(none)" for centre in centres))
