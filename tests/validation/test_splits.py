"""Splits are stratified, keep patients together and refuse folds of one class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tumorcast.errors import StudyRefusedError
from tumorcast.validation import Design, make_splits


def known(n: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.ones(n, dtype=bool)


@settings(max_examples=40, deadline=None)
@given(
    n_events=st.integers(10, 40),
    n_others=st.integers(10, 60),
    folds=st.integers(2, 5),
    seed=st.integers(0, 1000),
)
def test_every_case_is_tested_once_a_repeat_and_events_are_shared_out(
    n_events: int, n_others: int, folds: int, seed: int
) -> None:
    label = np.repeat([1, 0], [n_events, n_others])
    patients = [f"p{i}" for i in range(len(label))]
    splits = make_splits([label], [known(len(label))], patients, Design(folds, 2, seed))
    assert len(splits) == 2 * folds
    for repeat in (0, 1):
        tested = np.concatenate([s.test for s in splits if s.repeat == repeat])
        assert sorted(tested) == list(range(len(label)))
    for split in splits:
        assert set(split.train) | set(split.test) == set(range(len(label)))
        assert not set(split.train) & set(split.test)
        assert abs(label[split.test].sum() - n_events / folds) < 1


def test_repeats_differ_and_the_seed_reproduces() -> None:
    label = np.repeat([1, 0], [20, 30])
    patients = [str(i) for i in range(50)]

    def first_tests(seed: int) -> list[list[int]]:
        splits = make_splits([label], [known(50)], patients, Design(5, 2, seed))
        return [s.test.tolist() for s in splits if s.fold == 0]

    assert first_tests(1) == first_tests(1)
    assert first_tests(1)[0] != first_tests(1)[1]


def test_scans_of_one_patient_never_part() -> None:
    rng = np.random.default_rng(0)
    patients = [f"p{i // 3}" for i in range(90)]
    label = np.repeat(rng.permutation(np.repeat([1, 0], [12, 18])), 3)
    for split in make_splits([label], [known(90)], patients, Design(5, 3, 0)):
        train, test = ({patients[i] for i in side} for side in (split.train, split.test))
        assert not train & test


def test_too_few_events_are_refused_with_the_feasible_number_of_folds() -> None:
    label = np.repeat([1, 0], [3, 30])
    with pytest.raises(StudyRefusedError, match="VAL-01") as refused:
        make_splits([label], [known(33)], [str(i) for i in range(33)], Design(5, 1, 0))
    assert refused.value.findings[0].fix == "set validation.folds=3"


def test_events_of_a_single_patient_are_refused() -> None:
    label = np.repeat([1, 0], [6, 30])
    patients = ["p"] * 6 + [f"q{i}" for i in range(30)]
    with pytest.raises(StudyRefusedError, match="1 patients with the event"):
        make_splits([label], [known(36)], patients, Design(2, 1, 0))


def test_a_second_horizon_that_a_fold_cannot_fill_is_refused() -> None:
    first = np.repeat([1, 0], [20, 20])
    second = np.zeros(40, dtype=np.int64)
    second[:4] = 1
    with pytest.raises(StudyRefusedError, match="VAL-01"):
        make_splits([first, second], [known(40)] * 2, [str(i) for i in range(40)], Design(5, 1, 0))
