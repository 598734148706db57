from __future__ import annotations

import numpy as np
import pytest
from tests.validation.conftest import make_outcome

from tumorcast.cohort import EVER_DAYS
from tumorcast.errors import StudyRefusedError
from tumorcast.validation import feasible_horizons

TIME = np.arange(1.0, 101.0)
EVENT = (np.arange(100) % 4 == 0).astype(np.int64)


def test_a_horizon_inside_the_follow_up_stays() -> None:
    assert feasible_horizons(make_outcome(EVENT, TIME), [90.0, EVER_DAYS]) == (
        (90.0, EVER_DAYS),
        (),
    )


def test_a_horizon_beyond_the_follow_up_is_cut_and_said() -> None:
    horizons, findings = feasible_horizons(make_outcome(EVENT, TIME), [95.0, 3650.0, 30.0])
    # Ten cases (days 91 to 100) outlast day 90; both cut horizons become one.
    assert horizons == (90.0, 30.0)
    assert [finding.code for finding in findings] == ["VAL-02", "VAL-02"]
    assert findings[0].consequence == "repaired"
    assert "5 of 100 cases are followed beyond the horizon of 95 days" in findings[0].found
    assert "the horizon is 90 days instead" in findings[0].found


def test_weights_are_defined_at_the_cut_horizon() -> None:
    rng = np.random.default_rng(0)
    time_days = rng.integers(1, 40, 60).astype(np.float64)
    outcome = make_outcome((rng.random(60) < 0.3).astype(np.int64), time_days)
    (horizon,), _ = feasible_horizons(outcome, [1000.0])
    target = outcome.binary_at(horizon)
    assert target.weight.sum() == pytest.approx(60)


def test_without_times_there_is_nothing_to_cut() -> None:
    assert feasible_horizons(make_outcome(EVENT), [EVER_DAYS]) == ((EVER_DAYS,), ())


@pytest.mark.parametrize(
    ("event", "time_days"),
    [
        (EVENT[:9], TIME[:9]),
        (np.array([0] * 10 + [1] * 20), np.full(30, 5.0)),
        (np.array([1] * 20), np.full(20, 0.5)),
    ],
    ids=["nine cases", "no event before the last ten", "everybody within a day"],
)
def test_a_follow_up_that_is_too_short_is_refused(
    event: np.ndarray[tuple[int], np.dtype[np.int64]],
    time_days: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:
    with pytest.raises(StudyRefusedError, match="VAL-03"):
        feasible_horizons(make_outcome(event, time_days), [3650.0])
