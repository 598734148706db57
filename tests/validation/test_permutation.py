from __future__ import annotations

from collections import Counter

import numpy as np
from tests.validation.conftest import make_outcome

from tumorcast.validation import permuted


def test_event_and_time_stay_together() -> None:
    outcome = make_outcome(np.array([1, 0, 0, 2]), np.array([5.0, 6.0, 7.0, 8.0]))
    dealt = permuted(outcome, 1)
    assert dealt.time_days is not None
    assert dealt.case_ids == outcome.case_ids
    assert sorted(zip(dealt.event, dealt.time_days, strict=True)) == [
        (0, 6.0), (0, 7.0), (1, 5.0), (2, 8.0),
    ]  # fmt: skip


def test_the_seed_makes_the_deal() -> None:
    outcome = make_outcome(np.arange(50), np.arange(1, 51, dtype=np.float64))
    assert permuted(outcome, 1).event.tolist() == permuted(outcome, 1).event.tolist()
    assert permuted(outcome, 1).event.tolist() != permuted(outcome, 2).event.tolist()


def test_the_cases_of_a_patient_get_those_of_one_other_patient() -> None:
    patients = ["a", "b", "a", "c", "b", "d", "e"]
    outcome = make_outcome(np.array([11, 21, 12, 31, 22, 41, 51]))
    seen: Counter[int] = Counter()
    for seed in range(200):
        dealt = permuted(outcome, seed, patients).event
        assert sorted(dealt) == sorted(outcome.event)
        # a and b have two cases each and swap whole; c, d and e swap among themselves.
        assert (dealt[0], dealt[2]) in {(11, 12), (21, 22)}
        assert set(dealt[[3, 5, 6]]) == {31, 41, 51}
        seen[int(dealt[0])] += 1
    assert min(seen[11], seen[21]) > 60
