"""Which cases a model learns from and which it is judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import StudyRefusedError, refuse

Labels = Sequence[NDArray[np.int64]]
Known = Sequence[NDArray[np.bool_]]

_WITHOUT, _WITH, _UNKNOWN = 0, 1, 2


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
    labels: Labels,
    known: Known,
    patients: Sequence[str],
    design: Design,
    strata: Sequence[str] | None = None,
) -> tuple[Split, ...]:
    """Return every split of the design; each case is tested once a repeat.

    Cases with the event, without it and of unknown state are dealt out separately, one patient
    after the other, to the fold that has the fewest of them; where every patient has one case, the
    folds differ by one case at most in each of the three and in all. Of each stratum too, if there
    are any; then the folds may differ by one more in all. Fewer repeats are the first ones of more.

    Parameters
    ----------
    labels
        0 or 1 of each case, shape (n,), for every horizon; the first one is stratified by.
    known
        Whether the label is known (not censored before the horizon), for every horizon.
    patients
        Cases of one patient stay on one side.
    strata
        Subtype, centre or whatever else the folds are to share out evenly, of each case; of a
        patient with several cases the first one counts.

    Raises
    ------
    StudyRefusedError
        ``VAL-01`` when a test fold would hold one class only, with the events of every fold and
        the number of folds that would do.
    """
    if design.folds < 2 or design.repeats < 1:
        raise ValueError(f"a design needs two folds and one repeat or more, not {design}")
    splits = _deal(labels, known, patients, design, strata)
    lacking = _horizon_that_lacks_a_class(splits, labels, known)
    if lacking is not None:
        raise _refusal(splits, labels, known, patients, design, strata, lacking)
    return splits


def _deal(
    labels: Labels,
    known: Known,
    patients: Sequence[str],
    design: Design,
    strata: Sequence[str] | None,
) -> tuple[Split, ...]:
    first, *others = (
        np.where(certain, label, _UNKNOWN) for label, certain in zip(labels, known, strict=True)
    )
    _, first_case, patient = np.unique(
        np.array(patients, dtype=np.str_), return_index=True, return_inverse=True
    )
    stratum = np.zeros(len(first_case), dtype=np.int64)
    if strata is not None:
        _, of_case = np.unique(np.array(strata, dtype=np.str_), return_inverse=True)
        stratum = of_case[first_case]
    cases = np.zeros((patient.max() + 1, 3), dtype=np.int64)
    np.add.at(cases, (patient, first), 1)
    at_others = np.zeros((len(cases), len(others)), dtype=np.int64)
    np.maximum.at(at_others, patient, np.stack(others, axis=1) if others else 0)
    splits = []
    for repeat in range(design.repeats):
        rng = np.random.default_rng([design.seed, repeat])
        fold_of_case = _folds_of_patients(cases, at_others, stratum, design.folds, rng)[patient]
        for fold in range(design.folds):
            tested = fold_of_case == fold
            splits.append(Split(repeat, fold, np.flatnonzero(~tested), np.flatnonzero(tested)))
    return tuple(splits)


def _folds_of_patients(
    cases: NDArray[np.int64],
    at_others: NDArray[np.int64],
    stratum: NDArray[np.int64],
    folds: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return a fold for every patient.

    `cases` says how many cases of each state the patients have, shape (p, 3), `at_others` in
    which state they are at the other horizons, shape (p, h - 1), `stratum` what else is shared
    out, shape (p,).
    """
    state = np.select(
        [cases[:, _WITH] > 0, cases[:, _WITHOUT] > 0], [_WITH, _WITHOUT], default=_UNKNOWN
    )
    fold_of = np.zeros(len(cases), dtype=np.int64)
    dealt = np.zeros((folds, 3), dtype=np.int64)
    of_stratum = np.zeros((folds, 3, stratum.max() + 1), dtype=np.int64)
    chance = rng.permutation(folds)
    shuffled = rng.permutation(len(cases))
    for kind in (_WITH, _WITHOUT, _UNKNOWN):
        of_kind = shuffled[state[shuffled] == kind]
        # Patients with many cases first, whom the others can still even out; then those of one
        # stratum and those alike at the other horizons together, so that these are dealt round
        # as well.
        size = cases[of_kind].sum(axis=1)
        for one in of_kind[np.lexsort([*at_others[of_kind].T, stratum[of_kind], -size])]:
            alike = of_stratum[:, kind, stratum[one]]
            fold = np.lexsort([chance, dealt.sum(axis=1), alike, dealt[:, kind]])[0]
            fold_of[one] = fold
            dealt[fold] += cases[one]
            alike[fold] += 1
    return fold_of


def _horizon_that_lacks_a_class(
    splits: Sequence[Split], labels: Labels, known: Known
) -> int | None:
    """Return the first horizon at which a test fold holds one class only."""
    for number, (label, certain) in enumerate(zip(labels, known, strict=True)):
        for split in splits:
            if len(np.unique(label[split.test][certain[split.test]])) < 2:
                return number
    return None


def _refusal(
    splits: Sequence[Split],
    labels: Labels,
    known: Known,
    patients: Sequence[str],
    design: Design,
    strata: Sequence[str] | None,
    lacking: int,
) -> StudyRefusedError:
    label, certain = labels[lacking], known[lacking]
    n_with, n_without = (
        len(set(np.array(patients)[certain & (label == kind)])) for kind in (_WITH, _WITHOUT)
    )
    horizon = f" at horizon {lacking + 1} of {len(labels)}" if len(labels) > 1 else ""
    feasible = _most_feasible_folds(labels, known, patients, design, strata)
    return refuse(
        "VAL-01",
        f"{n_with} patients with the event and {n_without} without{horizon} cannot fill "
        f"{design.folds} folds: {_table(splits, label, certain)}",
        expected="cases with the event and cases without it in every test fold",
        fix=f"set validation.folds={feasible}"
        if feasible
        else "choose another horizon or endpoint, or gather more events",
    )


def _most_feasible_folds(
    labels: Labels,
    known: Known,
    patients: Sequence[str],
    design: Design,
    strata: Sequence[str] | None,
) -> int | None:
    for folds in range(design.folds - 1, 1, -1):
        splits = _deal(labels, known, patients, replace(design, folds=folds), strata)
        if _horizon_that_lacks_a_class(splits, labels, known) is None:
            return folds
    return None


def _table(splits: Sequence[Split], label: NDArray[np.int64], known: NDArray[np.bool_]) -> str:
    """Return cases with and without the event in each test fold of the first repeat that fails."""

    def counts(split: Split) -> tuple[int, int]:
        of_fold = label[split.test][known[split.test]]
        return int((of_fold == _WITH).sum()), int((of_fold == _WITHOUT).sum())

    repeat = next(split.repeat for split in splits if min(counts(split)) == 0)
    rows = [
        f"fold {split.fold + 1} has {counts(split)[0]} and {counts(split)[1]}"
        for split in splits
        if split.repeat == repeat
    ]
    return f"in repeat {repeat + 1} " + ", ".join(rows)
