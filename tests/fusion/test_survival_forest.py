"""Trees are those of scikit-survival; a forest ranks, and forgets nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tumorcast.fusion.survival_forest import SurvivalForestLearner

REFERENCE = Path(__file__).resolve().parents[1] / "oracles" / "survival_forest" / "reference.json"


@pytest.mark.parametrize("tree", json.loads(REFERENCE.read_text(encoding="utf-8"))["trees"])
def test_one_tree_on_all_rows_and_columns_is_that_of_scikit_survival(tree: dict[str, Any]) -> None:
    matrix, days = np.array(tree["matrix"]), np.array(tree["days"])
    learner = SurvivalForestLearner(
        n_trees=1, min_rows=tree["min_rows"], tries=4, bootstrap=False, n_bins=255
    ).fit(
        matrix, np.array(tree["event"]), days, groups=np.arange(len(days)).astype(np.str_), seed=0
    )
    incidence = learner.predict_incidence(matrix, np.array(tree["asked_days"]))
    np.testing.assert_allclose(-np.log1p(-incidence), tree["cumulative_hazard"], rtol=1e-9)


def test_competing_events_are_censored_in_the_hazard() -> None:
    random = np.random.default_rng(4)
    matrix = random.normal(size=(60, 2))
    event, days = random.integers(0, 3, 60), random.integers(1, 400, 60).astype(float)
    learner = SurvivalForestLearner(n_trees=5)
    alone = np.arange(len(event)).astype(np.str_)
    competing = learner.clone().fit(matrix, event, days, groups=alone, seed=1)
    censored = learner.clone().fit(
        matrix, np.where(event == 2, 0, event), days, groups=alone, seed=1
    )
    np.testing.assert_array_equal(competing.predict_risk(matrix), censored.predict_risk(matrix))


def test_settings_that_bins_cannot_have_are_refused() -> None:
    with pytest.raises(ValueError, match="n_bins 256 is not in 1 to 255"):
        SurvivalForestLearner(n_bins=256)
