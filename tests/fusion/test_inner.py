"""Folds inside the training rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tumorcast.cohort import BinaryTarget
from tumorcast.fusion.inner import (
    MIN_PER_CLASS,
    inner_folds,
    inner_splits,
    patient_numbers,
    splits_in_order,
)


def target_of(label: list[int], weight: list[float] | None = None) -> BinaryTarget:
    return BinaryTarget(np.array(label), np.array(weight or [1.0] * len(label)))


@settings(max_examples=30, deadline=None)
@given(
    label=st.lists(st.integers(0, 1), min_size=24, max_size=60),
    n_folds=st.integers(2, 4),
    seed=st.integers(0, 1000),
    n_groups=st.integers(6, 60),
)
def test_every_fold_can_judge_and_no_group_is_parted(
    label: list[int], n_folds: int, seed: int, n_groups: int
) -> None:
    groups = [f"patient {row % n_groups}" for row in range(len(label))]
    if len(set(label)) == 1:
        label[0] = 1 - label[0]
    folds = inner_folds(target_of(label), groups, n_folds=n_folds, seed=seed)
    if not folds:
        return
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(label)))
    side = [{groups[row] for row in fold} for fold in folds]
    assert all(not side[a] & side[b] for a in range(n_folds) for b in range(a))
    for fold in folds:
        assert np.bincount(np.array(label)[fold], minlength=2).min() >= MIN_PER_CLASS


def test_rows_of_unknown_state_are_in_no_fold() -> None:
    label, weight = [0, 1] * 10, [1.0] * 16 + [0.0] * 4
    folds = inner_folds(target_of(label, weight), [str(i) for i in range(20)], n_folds=3, seed=0)
    assert sorted(np.concatenate(folds).tolist()) == list(range(16))


def test_too_few_events_give_no_folds() -> None:
    label = [1] * 5 + [0] * 30
    names = [str(row) for row in range(35)]
    assert inner_folds(target_of(label), names, n_folds=3, seed=0) == ()
    one_patient = ["a"] * 12 + [str(row) for row in range(30)]
    assert inner_folds(target_of([1] * 12 + [0] * 30), one_patient, n_folds=3, seed=0) == ()


def test_another_seed_gives_other_folds() -> None:
    label, names = [0, 1] * 15, [str(row) for row in range(30)]
    first, second = (inner_folds(target_of(label), names, n_folds=3, seed=s) for s in (0, 1))
    assert [fold.tolist() for fold in first] != [fold.tolist() for fold in second]


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 40), st.integers(10, 80), st.integers(2, 5), st.integers(0, 99))
def test_events_and_other_rows_are_shared_out_evenly(
    events: int, others: int, n_folds: int, seed: int
) -> None:
    label = [1] * events + [0] * others
    names = [str(row) for row in range(len(label))]
    folds = inner_folds(target_of(label), names, n_folds=n_folds, seed=seed)
    counts = np.array([np.bincount(np.array(label)[fold], minlength=2) for fold in folds])
    assert np.ptp(counts, axis=0).max() <= 1


def test_patients_are_numbered_as_they_come() -> None:
    assert patient_numbers(np.array(["b", "c", "b", "a", "c"])).tolist() == [0, 1, 0, 2, 1]


def test_splits_in_order_part_no_patient_and_do_not_heed_names() -> None:
    label = [row % 3 // 2 for row in range(60)]
    patients = np.repeat([f"p{number}" for number in range(20, 0, -1)], 3)
    renamed = np.repeat([f"q{number}" for number in range(20)], 3)
    splits = splits_in_order(target_of(label), patients, n_folds=3, seed=4)
    assert len(splits) == 3
    assert not any(set(patients[learned]) & set(patients[out]) for learned, out in splits)
    again = splits_in_order(target_of(label), renamed, n_folds=3, seed=4)
    assert [out.tolist() for _, out in splits] == [out.tolist() for _, out in again]


def test_with_one_row_a_patient_splits_in_order_are_those_of_rows() -> None:
    label = [row % 3 // 2 for row in range(60)]
    names = np.array([f"p{number}" for number in range(60, 0, -1)])
    splits = splits_in_order(target_of(label), names, n_folds=3, seed=4)
    of_rows = inner_splits(target_of(label), [str(row) for row in range(60)], n_folds=3, seed=4)
    assert [out.tolist() for _, out in splits] == [out.tolist() for _, out in of_rows]
