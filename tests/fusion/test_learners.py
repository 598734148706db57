"""The contract, run over every learner there is, and seen to fail on bad ones."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.features import State
from tumorcast.fusion import LEARNERS, check_learner
from tumorcast.fusion.forest import ForestLearner
from tumorcast.fusion.logistic import LogisticLearner


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_keeps_the_contract(name: str) -> None:
    check_learner(LEARNERS[name])


@pytest.mark.parametrize("name", LEARNERS)
def test_one_class_is_refused(name: str) -> None:
    label, weight = np.array([0, 1, 1]), np.array([0.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="rows with the event and rows without it"):
        LEARNERS[name]().fit(
            np.zeros((3, 1)), label, weight, groups=np.array(["a", "b", "c"]), seed=0
        )


class Unweighted(LogisticLearner):
    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Unweighted:
        super().fit(matrix, label, (weight > 0).astype(np.float64), groups=groups, seed=seed)
        return self


class Everyone(LogisticLearner):
    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Everyone:
        super().fit(matrix, label, weight + 0.1, groups=groups, seed=seed)
        return self


class Unseeded(ForestLearner):
    def fit(
        self,
        matrix: NDArray[np.float64],
        label: NDArray[np.int64],
        weight: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Unseeded:
        own = int(np.random.default_rng().integers(2**31))
        super().fit(matrix, label, weight, groups=groups, seed=own)
        return self


class Incomplete(LogisticLearner):
    def state(self) -> State:
        return {**super().state(), "coefficients": np.round(self.coefficients_, 2)}


class Signed(LogisticLearner):
    def importance(self) -> NDArray[np.float64]:
        return self.coefficients_[1:]


class Balanced(LogisticLearner):
    def predict_probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        odds = 3 * super().predict_probability(matrix)
        return odds / (1 + odds)


@pytest.mark.parametrize(
    ("learner", "fault"),
    [
        (Unweighted, "ignores the weights"),
        (Everyone, "rows of weight 0 matter"),
        (Unseeded, "same rows and seed"),
        (Incomplete, "predict from its state"),
        (Signed, "importances that are no shares"),
        (Balanced, r"0\.4\d on noise"),
    ],
)
def test_a_learner_that_breaks_the_contract_is_caught(
    learner: type[LogisticLearner], fault: str
) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_learner(learner)
