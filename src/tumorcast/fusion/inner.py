"""Folds inside the training rows, for stopping and calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.errors import Finding

MIN_PER_CLASS = 2
"""Cases of each class that every inner fold must hold."""

Splits = Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
"""Positions to learn from and those held out, a pair for each inner fold."""


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
    known = np.flatnonzero(target.weight > 0)
    label = target.label[known]
    names, group = np.unique(np.array(groups)[known], return_inverse=True)
    counts = np.zeros((len(names), 2), dtype=np.int64)
    np.add.at(counts, (group, label), 1)
    if (counts > 0).sum(axis=0).min() < MIN_PER_CLASS * n_folds:
        return ()
    fold = _deal(counts, n_folds, np.random.default_rng(seed))[group]
    folds = tuple(known[fold == number] for number in range(n_folds))
    fewest = min(np.bincount(target.label[rows], minlength=2).min() for rows in folds)
    return folds if fewest >= MIN_PER_CLASS else ()


def inner_splits(target: BinaryTarget, groups: Sequence[str], *, n_folds: int, seed: int) -> Splits:
    """Return the positions to learn from and those held out, for each of `inner_folds`.

    Rows of unknown state are in no fold, but a learner on times learns from them. They stay with
    their group: no row is learned from while another of its patient is held out.
    """
    group = np.array(groups)
    return tuple(
        (np.flatnonzero(~np.isin(group, group[held_out])), held_out)
        for held_out in inner_folds(target, groups, n_folds=n_folds, seed=seed)
    )


def too_few_for_inner_folds(fewest: int, instead: str) -> Finding:
    """Return the warning ``CAL-01``.

    Parameters
    ----------
    fewest
        Patients of each class that inner folds ask for.
    instead
        What was done without them.
    """
    return Finding(
        "CAL-01",
        "warning",
        f"too few training patients of one class for inner folds: {instead}",
        f"{fewest} patients of each class or more",
        "do not go by its probabilities and its threshold; take fewer folds or another horizon",
    )


def splits_in_order(
    target: BinaryTarget, groups: NDArray[np.str_], *, n_folds: int, seed: int
) -> Splits:
    """Return `inner_splits` that heed the order of the patients and not their names."""
    names = [str(number) for number in patient_numbers(groups)]
    return inner_splits(target, names, n_folds=n_folds, seed=seed)


def patient_numbers(groups: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the patient of each row as a number, from 0 in the order in which they come."""
    _, first, patient = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[patient]


def _deal(
    counts: NDArray[np.int64], n_folds: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return the fold of each group.

    In random order, those with most events first, each goes to the fold with the fewest events,
    or, if it has none, to the fold with the fewest rows without the event.
    """
    order = random.permutation(len(counts))
    order = order[np.lexsort((-counts[order, 0], -counts[order, 1]))]
    held = [[0, 0] for _ in range(n_folds)]
    fold_of_group = np.empty(len(counts), dtype=np.int64)
    for group in order:
        without, events = counts[group].tolist()
        fold = min(
            range(n_folds),
            key=lambda f: (held[f][1], held[f][0]) if events else (held[f][0], held[f][1]),
        )
        held[fold] = [held[fold][0] + without, held[fold][1] + events]
        fold_of_group[group] = fold
    return fold_of_group
