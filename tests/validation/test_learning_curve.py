"""Parts of the training patients."""

from __future__ import annotations

import numpy as np

from tumorcast.cohort import Outcome
from tumorcast.validation.learning_curve import part_of_rows


def test_parts_are_nested_share_the_outcome_and_keep_patients_whole() -> None:
    n = 120
    patients = tuple(f"P{i // 2}" for i in range(n))
    event = np.array([int((i // 2) % 3 == 0) for i in range(n)])
    outcome = Outcome(tuple(f"C{i}" for i in range(n)), event)
    parts = [part_of_rows(patients, outcome, np.inf, share, 7) for share in (0.4, 0.8, 1.0)]
    assert set(parts[0]) < set(parts[1]) < set(parts[2])
    assert len(parts[2]) == n
    for rows, share in zip(parts, (0.4, 0.8, 1.0), strict=True):
        assert event[rows].sum() == round(share * 20) * 2
        inside = {patients[row] for row in rows}
        assert len(rows) == 2 * len(inside)


def test_the_smallest_part_still_holds_both_outcomes() -> None:
    outcome = Outcome(tuple("abcdef"), np.array([1, 0, 0, 0, 0, 0]))
    rows = part_of_rows(tuple("abcdef"), outcome, np.inf, 0.01, 0)
    assert set(outcome.event[rows]) == {0, 1}
