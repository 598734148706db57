"""The perturbations of test cases must not matter to the choice of stable features, bit for bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import Outcome
from tumorcast.features import FeatureTable, ModelInputs, PerturbedBlock
from tumorcast.fusion import TabularModel
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


def fitted(inputs: ModelInputs, min_icc: float | None) -> list[tuple[str, str]]:
    event = (np.random.default_rng(5).random(N) < 0.45).astype(np.int64)
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
