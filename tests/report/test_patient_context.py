"""Where a patient's risk lies among the cohort's."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tumorcast.report.patient_context import context_of, state_known, wilson


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    # Newcombe, Stat Med 1998;17:857, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_neighbours_are_the_nearest_patients_of_known_state() -> None:
    n = 40
    frame = pd.DataFrame(
        {
            "case": [f"P{i:02d}" for i in range(n)],
            "repeat": 0,
            "probability": np.arange(n) / n,
            "event": [1 if i >= 30 else 0 for i in range(n)],
            "time": [100.0 if i % 2 else 900.0 for i in range(n)],
        }
    )
    again = frame.assign(repeat=1, probability=frame["probability"] + 0.01)
    found = context_of(pd.concat([frame, again]), "P39", math.inf)
    assert (found.neighbours, found.with_event) == (10, 9)
    assert (found.low, found.high, found.n_repeats) == (39 / 40, 39 / 40 + 0.01, 2)
    assert found.higher_than == 1.0
    known = state_known(frame, 365.0)
    assert known.tolist() == [bool(i >= 30 or i % 2 == 0) for i in range(n)]
