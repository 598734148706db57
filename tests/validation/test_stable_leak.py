"""The perturbations of test cases must not matter to the choice of stable features, bit for bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features import RANKERS, FeatureTable, Ledger, ModelInputs, PerturbedBlock
from tumorcast.fusion import GridModel, TabularModel
from tumorcast.fusion.preparation import Preparation
from tumorcast.validation import FoldTask, run_fold
from tumorcast.validation.splits import Split

N, COLUMNS = 60, [f"ct.tumor.original_firstorder_f{number}" for number in range(8)]
TRAIN, TEST = np.arange(0, 45), np.arange(45, N)


def inputs_of(poison: float) -> ModelInputs:
    random = np.random.default_rng(2)
    values = random.normal(size=(N, len(COLUMNS)))
    again = values[:, np.newaxis] + random.normal(size=(N, 4, 1)) * np.linspace(0, 2, len(COLUMNS))
    again[TEST] = poison * random.normal(size=again[TEST].shape)
    index = [f"case {number:02d}" for number in range(N)]
    block = PerturbedBlock.of(again, COLUMNS)
    return ModelInputs(FeatureTable(pd.DataFrame(values, index, COLUMNS), (block,)))


def fitted(
    inputs: ModelInputs, min_icc: float | None, outcome_seed: int = 5
) -> list[tuple[str, str]]:
    event = (np.random.default_rng(outcome_seed).random(N) < 0.45).astype(np.int64)
    outcome = Outcome(inputs.case_ids, event, None)
    model = TabularModel(("ct",), "logistic", select=3, correlation=0.95, min_icc=min_icc)
    task = FoldTask("arm", model, np.inf, Split(0, 0, TRAIN, TEST), seed=1)
    return [(step, digest) for step, _, digest in run_fold(task, inputs, outcome)["steps"]]


@pytest.mark.parametrize("poison", [0.0, 1e9, np.nan])
def test_poisoned_perturbations_of_test_cases_change_no_bit(poison: float) -> None:
    clean = fitted(inputs_of(1.0), 0.75)
    assert fitted(inputs_of(poison), 0.75) == clean
    steps = [step for step, _ in clean]
    assert "stable" in steps
    assert "inner_0/stable" in steps
    assert fitted(inputs_of(1.0), None) != clean


def test_the_perturbations_of_training_cases_do_matter() -> None:
    inputs = inputs_of(1.0)
    again = inputs.table.perturbed[0].load(COLUMNS)
    again[TRAIN] = np.random.default_rng(7).normal(size=again[TRAIN].shape)
    other = ModelInputs(FeatureTable(inputs.table.frame, (PerturbedBlock.of(again, COLUMNS),)))
    assert fitted(other, 0.75) != fitted(inputs, 0.75)


def test_another_outcome_changes_what_is_learned_but_not_what_is_stable() -> None:
    plain = fitted(inputs_of(1.0), 0.75)
    for other in (fitted(inputs_of(1.0), 0.75, outcome_seed=seed) for seed in (6, 7)):
        assert dict(other)["stable"] == dict(plain)["stable"]
        assert dict(other)["learn"] != dict(plain)["learn"]


@pytest.mark.parametrize("selector", RANKERS)
def test_features_that_are_noise_under_perturbation_reach_no_selector(selector: str) -> None:
    """The shakiest column repeats the outcome, which every selector would otherwise take."""
    random = np.random.default_rng(1)
    label = np.arange(N) % 2
    values = random.normal(size=(N, len(COLUMNS)))
    values[:, 0] += 1.5 * label
    values[:, -1] = label + random.normal(0, 0.01, N)
    again = np.repeat(values[:, np.newaxis], 4, axis=1)
    again[..., -1] = random.normal(size=(N, 4))
    again[..., :-1] += random.normal(0, 0.1, (N, 4, len(COLUMNS) - 1))
    index = [f"case {number:02d}" for number in range(N)]
    table = FeatureTable(pd.DataFrame(values, index, COLUMNS), (PerturbedBlock.of(again, COLUMNS),))
    time_days = np.where(label == 1, 10.0, 100.0)
    target = BinaryTarget(label, np.ones(N), Outcome(tuple(index), label, time_days))
    chosen = {}
    for min_icc in (None, 0.75):
        preparation = Preparation(("ct",), 2, 0.95, selector, min_icc)
        preparation.fit(table, target, seed=0, ledger=Ledger())
        chosen[min_icc] = preparation.columns_
    assert COLUMNS[-1] in chosen[None]
    assert COLUMNS[-1] not in chosen[0.75]
    assert COLUMNS[0] in chosen[0.75]


def test_every_pair_of_a_grid_asks_for_stable_columns() -> None:
    pairs = {
        f"{selector}, logistic": TabularModel(("ct",), "logistic", 3, 0.95, selector, 0.75)
        for selector in ("univariate", "mrmr")
    }
    event = (np.random.default_rng(5).random(N) < 0.45).astype(np.int64)
    inputs = inputs_of(1.0)
    ledger = Ledger()
    GridModel(pairs).fit(
        inputs, Outcome(inputs.case_ids, event, None), horizon_days=np.inf, seed=1, ledger=ledger
    )
    stable = [step.step for step in ledger.steps if step.step.endswith("/stable")]
    assert {name.split("/")[0] for name in stable} == set(pairs)
