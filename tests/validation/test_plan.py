from __future__ import annotations

import numpy as np
import pytest
from tests.validation.conftest import MeanDifference, make_inputs, make_outcome

from tumorcast.errors import StudyRefusedError
from tumorcast.validation import Design, cross_validate, plan_validation

TIME = np.arange(1.0, 101.0)
EVENT = (np.arange(100) % 4 == 0).astype(np.int64)


def test_the_plan_is_what_is_carried_out() -> None:
    outcome = make_outcome(EVENT, TIME)
    inputs = make_inputs(np.random.default_rng(0).standard_normal((100, 2)))
    plan = plan_validation(outcome, inputs.groups, Design(5, 2, 0), [3650.0, 50.0])
    found = cross_validate(
        {"a": MeanDifference()}, inputs, outcome, Design(5, 2, 0), horizons_days=[3650.0, 50.0]
    )
    assert found.predictions.horizons_days == plan.horizons_days == (90.0, 50.0)
    assert found.findings == plan.findings
    assert len(plan.findings) == 1
    frame = found.predictions.frame
    for split in plan.splits:
        of_fold = frame[(frame["repeat"] == split.repeat) & (frame["fold"] == split.fold)]
        assert set(of_fold["case"]) == {outcome.case_ids[i] for i in split.test}


def test_cases_censored_before_the_horizon_do_not_fill_a_fold() -> None:
    event = np.where(TIME <= 30, 0, EVENT)
    outcome = make_outcome(event, TIME)
    with pytest.raises(StudyRefusedError, match="2 patients with the event and 63 without"):
        plan_validation(outcome, outcome.case_ids, Design(5, 1, 0), [37.5])
