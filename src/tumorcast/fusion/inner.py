"""Folds inside the training rows, for stopping and calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget

MIN_PER_CLASS = 2
"""Cases of each class that every inner fold must hold."""


def inner_folds(
    target: BinaryTarget, groups: Sequence[str], *, n_folds: int, seed: int
) -> tuple[NDArray[np.int64], ...]:
    """Return the positions of each fold's held-out rows; empty if there are too few events.

    The folds are stratified by label, keep the rows of one group together and share out the rows
    of known state: those of weight 0 are in no fold.

    Parameters
    ----------
    target
        Label and weight of the training rows, shape (n,).
    groups
        Patient of each row, length n.
    n_folds
        Number of folds.
    seed
        Decides which rows go together.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415

    known = np.flatnonzero(target.weight > 0)
    label = target.label[known]
    group = np.array(groups)[known]
    fewest = min(len(np.unique(group[label == value])) for value in (0, 1))
    if fewest < MIN_PER_CLASS * n_folds:
        return ()
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    folds = tuple(known[held_out] for _, held_out in splitter.split(label, label, group))
    counts = [np.bincount(target.label[fold], minlength=2).min() for fold in folds]
    return folds if min(counts) >= MIN_PER_CLASS else ()
