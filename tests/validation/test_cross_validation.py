"""The executor hands over training rows alone, and says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from tests.validation.conftest import MeanDifference, make_inputs, make_outcome

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.validation import (
    Design,
    FoldResult,
    FoldTask,
    OutcomeModel,
    cross_validate,
    evaluate,
    permuted,
    run_fold,
    run_here,
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


def test_the_ledger_names_the_training_rows(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 16, seed=0)
    found = cross_validate(
        {"a": TabularModel(blocks=("a",), select=2)},
        inputs,
        outcome,
        Design(4, 1, 0),
        horizons_days=[EVER_DAYS],
    )
    tested = found.predictions.frame.groupby("fold")["case"].agg(set)
    assert len(found.ledger) > 4 * 5
    columns = [found.ledger[name].tolist() for name in ("fold", "step", "n_cases", "cases")]
    for fold, step, n_cases, cases in zip(*columns, strict=True):
        seen = cases.split("\n")
        assert len(seen) == n_cases == len(set(seen))
        assert not set(seen) & tested[fold]
        if "/" not in step:
            assert set(seen) == set(inputs.case_ids) - tested[fold]
    assert not found.ledger["violation"].any()


def test_results_come_back_from_json_in_any_order(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 16, seed=0)
    arms: dict[str, OutcomeModel] = {
        "a": TabularModel(blocks=("a",), select=None),
        "b": MeanDifference(),
    }

    def through_json(
        tasks: Sequence[FoldTask], inputs: ModelInputs, outcome: Outcome
    ) -> Iterable[tuple[FoldTask, FoldResult]]:
        for task in reversed(tasks):
            yield task, json.loads(json.dumps(run_fold(task, inputs, outcome), allow_nan=False))

    here, resumed = (
        cross_validate(
            arms, inputs, outcome, Design(3, 2, 0), horizons_days=[EVER_DAYS], runner=runner
        )
        for runner in (run_here, through_json)
    )
    pd.testing.assert_frame_equal(
        resumed.predictions.frame, here.predictions.frame, check_exact=True
    )
    pd.testing.assert_frame_equal(resumed.ledger, here.ledger)
    pd.testing.assert_frame_equal(resumed.importance, here.importance, check_exact=True)


def test_an_arm_more_changes_nothing_in_the_others(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 16, seed=0)
    model = TabularModel(blocks=("a",), select=2)

    def of_a(arms: Mapping[str, OutcomeModel]) -> pd.DataFrame:
        found = cross_validate(arms, inputs, outcome, Design(4, 1, 0), horizons_days=[EVER_DAYS])
        return found.predictions.of("a", EVER_DAYS).reset_index(drop=True)

    pd.testing.assert_frame_equal(
        of_a({"b": MeanDifference(), "a": model}), of_a({"a": model}), check_exact=True
    )


def test_a_horizon_beyond_the_follow_up_is_cut_and_reported() -> None:
    rng = np.random.default_rng(3)
    time = rng.integers(100, 2000, 60).astype(np.float64)
    outcome = make_outcome((rng.random(60) < 0.6).astype(np.int64), time)
    inputs = make_inputs(rng.standard_normal((60, 1)))
    found = cross_validate(
        {"a": MeanDifference()}, inputs, outcome, Design(3, 1, 0), horizons_days=[3650.0]
    )
    assert [finding.code for finding in found.findings] == ["VAL-02"]
    assert found.predictions.horizons_days == (np.sort(time)[-10] - 1,)


def test_what_befalls_several_fits_of_an_arm_is_told_once_with_its_name(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 4, seed=0)
    model = TabularModel(blocks=("a",), select=2)
    found = cross_validate(
        {"a": model}, inputs, outcome, Design(2, 2, 0), horizons_days=[EVER_DAYS]
    )
    (finding,) = found.findings
    assert finding.code == "CAL-01"
    assert finding.found.startswith("arm 'a', 4 fits: too few training patients of one class")


def test_inputs_and_outcome_of_other_cases_are_refused(noise: Noise) -> None:
    inputs, outcome = noise(40, 3, 16, seed=0)
    with pytest.raises(ValueError, match="same cases in the same order"):
        cross_validate(
            {"a": MeanDifference()},
            inputs.rows(np.arange(40)[::-1]),
            outcome,
            Design(4, 1, 0),
            horizons_days=[EVER_DAYS],
        )


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


def test_noise_would_show_a_selection_made_outside_the_folds(noise: Noise) -> None:
    inputs, outcome = noise(116, 1562, 42, seed=0)
    frame = inputs.table.frame
    difference = frame[outcome.event == 1].mean() - frame[outcome.event == 0].mean()
    best = difference.abs().nlargest(36).index
    chosen = make_inputs(frame[best].to_numpy(np.float64))
    predictions = cross_validate(
        {"a": MeanDifference()}, chosen, outcome, Design(3, 1, 0), horizons_days=[EVER_DAYS]
    ).predictions
    assert evaluate(predictions, n_resamples=2)["arms"]["a"]["auroc"]["value"] > 0.85


def test_permuted_outcomes_show_one_half() -> None:
    rng = np.random.default_rng(0)
    label = np.repeat([0, 1], 40)
    inputs = make_inputs(rng.standard_normal((80, 3)) + label[:, None])
    found = {}
    for name, outcomes in {
        "as they are": [make_outcome(label)],
        "permuted": [permuted(make_outcome(label), seed) for seed in range(40)],
    }.items():
        areas = [
            evaluate(
                cross_validate(
                    {"a": MeanDifference()},
                    inputs,
                    outcome,
                    Design(3, 1, 0),
                    horizons_days=[EVER_DAYS],
                ).predictions,
                n_resamples=2,
            )["arms"]["a"]["auroc"]["value"]
            for outcome in outcomes
        ]
        found[name] = float(np.mean(areas))
    assert found["as they are"] > 0.8
    assert found["permuted"] == pytest.approx(0.5, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "columns", "events", "selector"),
    [(116, 1562, 42, "forest"), (300, 600, 63, "univariate")],
)
def test_pure_noise_shows_one_half(
    noise: Noise, n: int, columns: int, events: int, selector: str
) -> None:
    model = TabularModel(blocks=("a",), learner="logistic", select=36, selector=selector)
    found = []
    for seed in range(20):
        inputs, outcome = noise(n, columns, events, seed=seed)
        predictions = cross_validate(
            {"a": model}, inputs, outcome, Design(2, 1, seed), horizons_days=[EVER_DAYS]
        ).predictions
        found.append(evaluate(predictions, n_resamples=2)["arms"]["a"]["auroc"]["value"])
    assert abs(float(np.mean(found)) - 0.5) <= 0.02
