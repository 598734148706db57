"""The executor hands over training rows alone, and says so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from tests.validation.conftest import MeanDifference, make_inputs, make_outcome

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import Ledger, ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.validation import (
    Design,
    FoldTask,
    LeakError,
    cross_validate,
    evaluate,
    make_splits,
    permuted,
    run_fold,
)

Noise = Callable[..., tuple[ModelInputs, Outcome]]


def test_fit_sees_exactly_the_training_rows(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 16, seed=0)
    model = MeanDifference()
    found = cross_validate(
        {"a": model}, inputs, outcome, Design(4, 1, 0), horizons_days=[EVER_DAYS]
    )
    frame = found.predictions.frame
    for fold, fitted_on in enumerate(model.fitted_on):
        tested = set(frame.loc[frame["fold"] == fold, "case"])
        assert set(fitted_on) == set(inputs.case_ids) - tested
    assert len(frame) == 40
    assert (found.ledger["n_cases"] == 30).all()


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


def test_fewer_repeats_for_a_costly_arm(noise: Noise) -> None:
    inputs, outcome = noise(30, 2, 12, seed=1)
    found = cross_validate(
        {"a": MeanDifference(), "b": MeanDifference()},
        inputs,
        outcome,
        Design(3, 3, 0),
        horizons_days=[EVER_DAYS],
        repeats={"b": 1},
    )
    counts = found.predictions.frame.groupby("arm")["repeat"].nunique()
    assert counts.to_dict() == {"a": 3, "b": 1}


def test_horizons_are_fitted_apart_on_the_same_splits() -> None:
    rng = np.random.default_rng(3)
    time = rng.uniform(100, 2000, 60)
    outcome = make_outcome((rng.random(60) < 0.6).astype(np.int64), time)
    inputs = make_inputs(-time[:, None] + 50 * rng.standard_normal((60, 1)))
    found = cross_validate(
        {"a": MeanDifference()}, inputs, outcome, Design(3, 1, 0), horizons_days=[730.0, EVER_DAYS]
    )
    at, ever = (found.predictions.of("a", days) for days in (730.0, EVER_DAYS))
    assert at["case"].tolist() == ever["case"].tolist()
    assert at["fold"].tolist() == ever["fold"].tolist()
    assert evaluate(found.predictions, n_resamples=50)["arms"]["a"]["auroc"]["value"] > 0.9


@pytest.mark.parametrize("poison", [np.nan, 1e30, -1e30])
@pytest.mark.parametrize("learner", ["logistic", "forest"])
def test_poisoned_test_rows_change_no_fitted_parameter(
    noise: Noise, poison: float, learner: str
) -> None:
    inputs, outcome = noise(60, 30, 24, seed=2)
    model = TabularModel(blocks=("a",), learner=learner, select=5)
    clean = _digests_of_fold(model, inputs, outcome, None)
    assert _digests_of_fold(model, inputs, outcome, poison) == clean


def _digests_of_fold(
    model: TabularModel, inputs: ModelInputs, outcome: Outcome, poison: float | None
) -> list[tuple[str, str]]:
    label = outcome.binary_at(EVER_DAYS).label
    known = np.ones(len(label), dtype=bool)
    split = make_splits([label], [known], inputs.groups, Design(3, 1, 0))[0]
    if poison is not None:
        values = inputs.table.frame.to_numpy(np.float64, copy=True)
        values[split.test] = poison
        inputs = make_inputs(values)
    result = run_fold(FoldTask("a", model, EVER_DAYS, split, 7), inputs, outcome)
    return [(step, digest) for step, _, digest in result["steps"]]


def test_permuted_outcomes_keep_counts_and_times_together() -> None:
    outcome = make_outcome(np.array([1, 0, 0, 2]), np.array([5.0, 6.0, 7.0, 8.0]))
    dealt = permuted(outcome, 1)
    assert dealt.time_days is not None
    assert dealt.case_ids == outcome.case_ids
    assert sorted(zip(dealt.event, dealt.time_days, strict=True)) == [
        (0, 6.0), (0, 7.0), (1, 5.0), (2, 8.0),
    ]  # fmt: skip


def test_pooled_risk_of_an_empty_model_is_not_worse_than_chance(noise: Noise) -> None:
    _, outcome = noise(61, 1, 25, seed=4)
    empty = make_inputs(np.zeros((61, 1)))
    found = cross_validate(
        {"a": MeanDifference()},
        empty,
        outcome,
        Design(5, 1, 0),
        horizons_days=[EVER_DAYS],
    )
    frame = found.predictions.frame
    assert roc_auc_score(frame["event"], frame["risk"]) == 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("n", "events"), [(116, 42), (300, 63)])
def test_pure_noise_shows_one_half(noise: Noise, n: int, events: int) -> None:
    model = TabularModel(blocks=("a",), learner="logistic", select=36)
    found = []
    for seed in range(20):
        inputs, outcome = noise(n, 1562, events, seed=seed)
        predictions = cross_validate(
            {"a": model}, inputs, outcome, Design(5, 1, seed), horizons_days=[EVER_DAYS]
        ).predictions
        found.append(evaluate(predictions, n_resamples=2)["arms"]["a"]["auroc"]["value"])
    assert abs(float(np.mean(found)) - 0.5) <= 0.02
