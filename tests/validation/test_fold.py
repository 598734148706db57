"""A fit that saw a test case is caught, and test rows change nothing that was fitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from tests.validation.conftest import MeanDifference, make_inputs

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import Ledger, ModelInputs
from tumorcast.fusion import LateFusion, TabularModel
from tumorcast.validation import (
    CrossValidation,
    Design,
    FoldResult,
    FoldTask,
    LeakError,
    OutcomeModel,
    cross_validate,
    run_here,
)

Noise = Callable[..., tuple[ModelInputs, Outcome]]


class Peeping(MeanDifference):
    """Keeps every row that it ever saw, as a careless global would."""

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Peeping:
        super().fit(inputs, outcome, horizon_days=horizon_days, seed=seed, ledger=ledger)
        everything = {case for cases in self.fitted_on for case in cases}
        ledger.record("scale", sorted(everything), {})
        return self


def test_a_step_that_saw_a_test_case_stops_the_run(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 16, seed=0)
    with pytest.raises(LeakError, match="the step 'scale' was fitted on 10 cases outside"):
        cross_validate(
            {"a": Peeping()}, inputs, outcome, Design(4, 1, 0), horizons_days=[EVER_DAYS]
        )


class Silent(MeanDifference):
    """Keeps no record of what it learned."""

    def fit(
        self,
        inputs: ModelInputs,
        outcome: Outcome,
        *,
        horizon_days: float,
        seed: int,
        ledger: Ledger,
    ) -> Silent:
        super().fit(inputs, outcome, horizon_days=horizon_days, seed=seed, ledger=Ledger())
        return self


def test_a_model_without_a_record_stops_the_run(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 16, seed=0)
    with pytest.raises(LeakError, match="no record"):
        cross_validate({"a": Silent()}, inputs, outcome, Design(4, 1, 0), horizons_days=[EVER_DAYS])


class Broken(MeanDifference):
    """Predicts no number."""

    def predict_risk(self, inputs: ModelInputs) -> NDArray[np.float64]:
        return np.full(len(inputs), np.nan)


def test_a_prediction_that_is_no_number_stops_the_run(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 16, seed=0)
    with pytest.raises(ValueError, match="a at inf days, repeat 0, fold 0: the model predicted"):
        cross_validate({"a": Broken()}, inputs, outcome, Design(4, 1, 0), horizons_days=[EVER_DAYS])


@pytest.mark.parametrize(
    ("learner", "poison"),
    [("logistic", np.nan), ("logistic", 1e30), ("logistic", -1e30), ("forest", np.nan)],
)
def test_poisoned_test_rows_change_no_fitted_parameter(
    noise: Noise, learner: str, poison: float
) -> None:
    inputs, outcome = noise(60, 30, 24, seed=2)
    single = TabularModel(blocks=("a",), learner=learner, select=5)
    late = LateFusion({"one": single})
    arms: dict[str, OutcomeModel] = {"single": single, "late": late}
    clean = _of_first_fold(arms, inputs, outcome)
    tested = clean.predictions.frame["case"].unique()
    values = inputs.table.frame.to_numpy(np.float64, copy=True)
    values[np.isin(inputs.case_ids, tested)] = poison
    poisoned = _of_first_fold(arms, make_inputs(values), outcome)
    pd.testing.assert_frame_equal(poisoned.ledger, clean.ledger)
    pd.testing.assert_frame_equal(poisoned.importance, clean.importance, check_exact=True)
    same = ["case", "arm", "threshold"]
    pd.testing.assert_frame_equal(
        poisoned.predictions.frame[same], clean.predictions.frame[same], check_exact=True
    )


def _of_first_fold(
    arms: Mapping[str, OutcomeModel], inputs: ModelInputs, outcome: Outcome
) -> CrossValidation:
    def only_first_fold(
        tasks: Sequence[FoldTask], inputs: ModelInputs, outcome: Outcome
    ) -> Iterable[tuple[FoldTask, FoldResult]]:
        return run_here([task for task in tasks if task.split.fold == 0], inputs, outcome)

    return cross_validate(
        arms, inputs, outcome, Design(3, 1, 0), horizons_days=[EVER_DAYS], runner=only_first_fold
    )
