"""Which cases a model learns from and which it is judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import refuse


@dataclass(frozen=True)
class Design:
    """Repeated k-fold cross-validation, stratified by outcome and grouped by patient."""

    folds: int
    repeats: int
    seed: int


@dataclass(frozen=True)
class Split:
    """Positions of the training and test cases of one fold of one repeat."""

    repeat: int
    fold: int
    train: NDArray[np.int64]
    test: NDArray[np.int64]


def make_splits(
    labels: Sequence[NDArray[np.int64]],
    known: Sequence[NDArray[np.bool_]],
    patients: Sequence[str],
    design: Design,
) -> tuple[Split, ...]:
    """Return every split of the design; each case is tested once a repeat.

    Parameters
    ----------
    labels
        0 or 1 of each case, shape (n,), for every horizon; the first one is stratified by.
    known
        Whether the label is known (not censored before the horizon), for every horizon.
    patients
        Cases of one patient stay on one side.

    Raises
    ------
    StudyRefusedError
        ``VAL-01`` when a fold would hold one class only, with the number of folds that would do.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold  # noqa: PLC0415

    for label, certain in zip(labels, known, strict=True):
        _refuse_too_few(label, certain, patients, design.folds)
    single = len(set(patients)) == len(patients)
    groups = None if single else np.array(patients)
    kind = StratifiedKFold if single else StratifiedGroupKFold
    stratum = np.where(known[0], labels[0], 2)
    if np.min(np.unique(stratum, return_counts=True)[1]) < design.folds:
        stratum = labels[0]
    splits = []
    for repeat in range(design.repeats):
        splitter = kind(design.folds, shuffle=True, random_state=design.seed + repeat)
        for fold, (train, test) in enumerate(splitter.split(stratum, stratum, groups)):
            splits.append(Split(repeat, fold, train, test))
    _refuse_one_class(splits, labels, known, design)
    return tuple(splits)


def _refuse_too_few(
    label: NDArray[np.int64], known: NDArray[np.bool_], patients: Sequence[str], folds: int
) -> None:
    groups = np.array(patients)
    counts = [len(set(groups[known & (label == value)])) for value in (0, 1)]
    if min(counts) >= folds:
        return
    feasible = min(counts)
    raise refuse(
        "VAL-01",
        f"{counts[1]} patients with the event and {counts[0]} without cannot fill {folds} folds: "
        f"at least one fold would hold one class only",
        expected=f"{folds} patients or more of each class",
        fix=f"set validation.folds={feasible}"
        if feasible >= 2
        else "choose another horizon or endpoint, or gather more events",
    )


def _refuse_one_class(
    splits: Sequence[Split],
    labels: Sequence[NDArray[np.int64]],
    known: Sequence[NDArray[np.bool_]],
    design: Design,
) -> None:
    for split in splits:
        for label, certain in zip(labels, known, strict=True):
            for side in (split.train, split.test):
                if len(set(label[side][certain[side]])) < 2:
                    raise refuse(
                        "VAL-01",
                        f"repeat {split.repeat}, fold {split.fold} holds one class only; events "
                        f"per fold: {_events_per_fold(splits, label, certain, split.repeat)}",
                        expected="both classes in every fold",
                        fix=f"use fewer than {design.folds} folds, or another horizon",
                    )


def _events_per_fold(
    splits: Sequence[Split], label: NDArray[np.int64], known: NDArray[np.bool_], repeat: int
) -> str:
    of_repeat = [split for split in splits if split.repeat == repeat]
    return ", ".join(str(int((label * known)[split.test].sum())) for split in of_repeat)
