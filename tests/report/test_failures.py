from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tumorcast.report.case_pictures import CasePicture, Strip
from tumorcast.report.failures import failures_of
from tumorcast.validation import ArmScores

MakeScores = Callable[..., ArmScores]


def test_the_most_wrong_come_first_and_the_best_after(make_scores: MakeScores) -> None:
    event = np.array([1, 1, 0, 0, 0, 2])
    probability = np.array([[0.1, 0.8, 0.7, 0.2, 0.3, 0.9], [0.3, 0.9, 0.7, 0.0, 0.3, 0.9]])
    arm = make_scores(event, probability, np.array([30.4375, 60, 90, 120, 150, 304.375]))
    strip = Strip("ct", "data:image/jpeg;base64,", moved=False)
    found = failures_of(arm, (CasePicture("c0000", (strip,), (), ""),))
    assert found is not None
    assert found.n == 6
    told = [[(case.case, case.rank) for case in group.cases] for group in found.groups]
    assert told == [
        [("c0000", 5), ("c0001", 2)],
        [("c0005", 1), ("c0002", 3), ("c0004", 4)],
        [("c0001", 2), ("c0000", 5)],
        [("c0003", 6), ("c0004", 4), ("c0002", 3)],
    ]
    assert [group.wrong for group in found.groups] == [True, True, False, False]
    assert found.groups[0].cases[0].probability == 0.2
    assert found.groups[0].cases[0].fate == "event, after 1 month"
    assert found.groups[1].cases[0].fate == "competing event, after 10 months"
    assert found.groups[0].cases[0].strips == (strip,)
    assert not found.groups[1].cases[0].strips


def test_one_class_has_no_best_and_worst(make_scores: MakeScores) -> None:
    assert failures_of(make_scores(np.ones(4, np.int64), np.full((1, 4), 0.5)), ()) is None
