from __future__ import annotations

from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.fusion import SURVIVAL_LEARNERS, check_survival_learner
from tumorcast.fusion.at_horizon import AtHorizon
from tumorcast.fusion.cox import CoxLearner


@pytest.mark.parametrize("name", SURVIVAL_LEARNERS)
def test_every_learner_keeps_the_contract(name: str) -> None:
    check_survival_learner(SURVIVAL_LEARNERS[name])


class _WrongDirection(CoxLearner):
    def predict_risk(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return -super().predict_risk(matrix)


class _Falling(CoxLearner):
    def predict_incidence(
        self, matrix: NDArray[np.float64], times_days: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return 1 - super().predict_incidence(matrix, times_days)


class _Forgetful(CoxLearner):
    def restore(self, state: object) -> Self:
        event, both = np.ones(2, dtype=int), np.array(["a", "b"])
        return self.clone().fit(np.ones((2, 5)), event, np.ones(2), groups=both, seed=0)


class _Optimist(CoxLearner):
    def predict_incidence(
        self, matrix: NDArray[np.float64], times_days: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return super().predict_incidence(matrix, times_days) / 2


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (_WrongDirection, "does not rank a signal"),
        (_Falling, "falls with time"),
        (_Forgetful, "from its state"),
        (_Optimist, "on noise with an incidence of"),
    ],
)
def test_a_learner_that_breaks_the_contract_is_caught(broken: type[CoxLearner], fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_survival_learner(broken)


def test_an_infinite_horizon_is_the_last_day_with_an_event() -> None:
    matrix = np.random.default_rng(0).normal(size=(30, 2))
    outcome = Outcome(
        tuple(str(row) for row in range(30)),
        np.arange(30) % 2,
        np.arange(1.0, 31.0),
    )
    ever = AtHorizon(CoxLearner(), np.inf).fit(
        matrix, outcome, groups=np.array(outcome.case_ids), seed=0
    )
    last = AtHorizon(CoxLearner(), 30.0).fit(
        matrix, outcome, groups=np.array(outcome.case_ids), seed=0
    )
    half = AtHorizon(CoxLearner(), 15.0).fit(
        matrix, outcome, groups=np.array(outcome.case_ids), seed=0
    )
    assert np.array_equal(ever.predict_probability(matrix), last.predict_probability(matrix))
    assert (half.predict_probability(matrix) < last.predict_probability(matrix)).all()


def test_an_outcome_without_times_is_refused() -> None:
    outcome = Outcome(("a", "b"), np.array([0, 1]))
    with pytest.raises(ValueError, match="needs an outcome with times"):
        AtHorizon(CoxLearner(), 10.0).fit(
            np.zeros((2, 1)), outcome, groups=np.array(outcome.case_ids), seed=0
        )
