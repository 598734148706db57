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
        assert abs(len(split.test) - len(label) / folds) < 1


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
    (finding,) = refused.value.findings
    assert finding.fix == "set validation.folds=3"
    assert finding.found.startswith("3 patients with the event and 30 without cannot fill 5 folds")
    assert finding.found.count("has 0 and 6") == 2
    assert finding.found.count("has 1 and 6") == 3


def test_no_feasible_number_of_folds_is_said() -> None:
    label = np.repeat([1, 0], [1, 30])
    with pytest.raises(StudyRefusedError, match="gather more events"):
        make_splits([label], [known(31)], [str(i) for i in range(31)], Design(5, 1, 0))


def test_unknown_states_are_shared_out_and_do_not_count() -> None:
    label = np.repeat([1, 0], [20, 40])
    certain = np.arange(60) % 4 != 0
    for split in make_splits([label], [certain], [str(i) for i in range(60)], Design(5, 2, 0)):
        assert (~certain[split.test]).sum() == 3
    only_unknown = np.repeat([False, True], [20, 40])
    with pytest.raises(StudyRefusedError, match="0 patients with the event"):
        make_splits([label], [only_unknown], [str(i) for i in range(60)], Design(2, 1, 0))


def test_fewer_repeats_are_the_first_ones_of_more() -> None:
    label = np.repeat([1, 0], [20, 30])
    patients = [str(i) for i in range(50)]
    few, many = (make_splits([label], [known(50)], patients, Design(5, n, 1)) for n in (2, 4))
    for one, other in zip(few, many, strict=False):
        assert np.array_equal(one.test, other.test)


def test_rare_events_at_a_second_horizon_are_shared_out_too() -> None:
    ever = np.repeat([1, 0], [30, 70])
    early = np.where(np.arange(100) < 5, 1, 0)
    patients = [str(i) for i in range(100)]
    for split in make_splits([ever, early], [known(100)] * 2, patients, Design(5, 10, 0)):
        assert early[split.test].sum() == 1


def test_designs_that_are_none_are_refused() -> None:
    label = np.repeat([1, 0], 10)
    for design in (Design(1, 1, 0), Design(5, 0, 0)):
        with pytest.raises(ValueError, match="two folds and one repeat"):
            make_splits([label], [known(20)], [str(i) for i in range(20)], design)


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


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 25)), min_size=2, max_size=4),
    folds=st.integers(2, 5),
    seed=st.integers(0, 1000),
)
def test_subtypes_are_shared_out_with_their_outcomes(
    sizes: list[tuple[int, int]], folds: int, seed: int
) -> None:
    sizes = [*sizes, (5, 5)]
    label = np.concatenate([np.repeat([1, 0], pair) for pair in sizes])
    strata = [f"s{number}" for number, pair in enumerate(sizes) for _ in range(sum(pair))]
    patients = [str(number) for number in range(len(label))]
    splits = make_splits([label], [known(len(label))], patients, Design(folds, 1, seed), strata)
    for kind in (0, 1):
        events = [np.sum(label[split.test] == kind) for split in splits]
        assert max(events) - min(events) <= 1
        for stratum in set(strata):
            alike = [
                sum(strata[case] == stratum and label[case] == kind for case in split.test)
                for split in splits
            ]
            assert max(alike) - min(alike) <= 1
    everyone = [len(split.test) for split in splits]
    assert max(everyone) - min(everyone) <= 2
