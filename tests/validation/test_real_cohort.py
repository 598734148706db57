"""Distant metastasis in 298 head and neck patients from age, sex, site, stage, HPV and volume."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.fusion import TabularModel
from tumorcast.validation import Design, cross_validate, evaluate

CATEGORIES = ("sex", "site", "tstage", "nstage", "overall_hpv_status")
TIME = "Time - diagnosis to {} (days)"
FOLLOW_UP = "Time - diagnosis to last follow-up(days)"


def read(path: Path) -> tuple[ModelInputs, Outcome]:
    rows = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False, index_col="id")

    def number(column: str) -> pd.Series[float]:
        return pd.to_numeric(rows[column], errors="coerce").astype(np.float64)

    frame = pd.DataFrame({"volume.log_mm3": np.log(number("vol")), "clinical.age": number("age")})
    for column in CATEGORIES:
        frame[f"clinical.{column}"] = rows[column].where(~rows[column].isin(["", "N/A"]), None)
    failed, died = number("Distant") == 1, number("Death") == 1
    event = np.where(failed, 1, np.where(died, 2, 0))
    came = number(TIME.format("DM")).where(failed, np.nan)
    time_days = np.asarray(came.fillna(number(FOLLOW_UP)), dtype=np.float64)
    ids = tuple(rows.index)
    return ModelInputs(FeatureTable(frame)), Outcome(ids, event, time_days)


@pytest.mark.slow
@pytest.mark.real_data
def test_figures_agree_with_what_is_known_of_this_cohort(real_data: Path) -> None:
    inputs, outcome = read(real_data / "head_neck" / "head_neck_pet_ct_clinical.csv")
    blocks = ("clinical", "volume")
    found = evaluate(
        cross_validate(
            {
                "volume": TabularModel(("volume",), select=None),
                "clinical_volume": TabularModel(blocks, learner="forest", select=None),
            },
            inputs,
            outcome,
            Design(5, 1, 2026),
            horizons_days=[EVER_DAYS, 1095.0],
        ).predictions,
        baselines=("volume",),
    )
    ever = found["arms"]["clinical_volume"]["auroc"]
    assert (ever["n"], ever["n_events"]) == (298, 40)
    # Five-fold AUROCs of 0.74 to 0.75 are known for clinical variables with the volume.
    assert ever["ci_low"] < 0.74 < 0.75 < ever["ci_high"]
    assert 0.70 < ever["value"] < 0.80
    assert found["arms"]["volume"]["auroc"]["value"] < ever["value"]
    at_three_years = found["horizons"]["1095"]
    assert at_three_years["arms"]["volume"]["auroc"]["n"] < 298
    assert at_three_years["comparisons"][0]["test"] == "patient bootstrap"
    assert found["comparisons"][0]["test"] == "delong"
