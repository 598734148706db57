"""Test cases must not matter to what is learned of their centres, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import Outcome
from tumorcast.features import Combat, FeatureTable, ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.validation import FoldTask, run_fold
from tumorcast.validation.splits import Split

N = 60
TRAIN, TEST = np.arange(45), np.arange(45, N)


def inputs_of(poison: float, centre_of_tests: str = "") -> ModelInputs:
    random = np.random.default_rng(3)
    centres = random.choice(["A", "B"], N)
    values = random.normal(size=(N, 4)) + 4.0 * (centres == "B")[:, np.newaxis]
    values[TEST] *= poison
    if centre_of_tests:
        centres[TEST] = centre_of_tests
    index = [f"case {number:02d}" for number in range(N)]
    frame = pd.DataFrame(values, index, [f"ct.tumor.f{number}" for number in range(4)])
    return ModelInputs(FeatureTable(frame, centres=tuple(centres.tolist())))


def fitted(inputs: ModelInputs, harmonise: Combat | None) -> dict[str, str]:
    event = (np.random.default_rng(5).random(N) < 0.45).astype(np.int64)
    model = TabularModel(("ct",), "logistic", None, 1.0, harmonise=harmonise)
    task = FoldTask("arm", model, np.inf, Split(0, 0, TRAIN, TEST), seed=1)
    found = run_fold(task, inputs, Outcome(inputs.case_ids, event, None))
    return {step: digest for step, _, digest in found["steps"]}


@pytest.mark.parametrize(("poison", "centre"), [(0.0, ""), (1e9, "C"), (np.nan, "A")])
def test_values_and_centres_of_test_cases_change_no_bit(poison: float, centre: str) -> None:
    combat = Combat(("ct",), "missing", 5, "log")
    clean = fitted(inputs_of(1.0), combat)
    assert {"harmonise", "inner_0/harmonise"} <= set(clean)
    assert fitted(inputs_of(poison, centre), combat) == clean
    assert fitted(inputs_of(1.0), None)["scale"] != clean["scale"]


def test_the_centres_of_training_cases_do_matter() -> None:
    combat = Combat(("ct",), "missing", 5, "log")
    inputs = inputs_of(1.0)
    mixed = replace(inputs.table, centres=tuple(reversed(inputs.table.centres)))
    found = fitted(ModelInputs(mixed), combat)
    assert found["harmonise"] != fitted(inputs, combat)["harmonise"]
