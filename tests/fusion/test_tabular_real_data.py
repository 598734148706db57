"""Outcome models on public cohorts, with the cases split here and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.features import FeatureTable, Ledger, ModelInputs
from tumorcast.fusion import LateFusion, TabularModel
from tumorcast.metrics import auroc

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


def _categories(column: pd.Series[str]) -> NDArray[np.object_]:
    return column.where(column.notna(), None).to_numpy(dtype=object)


def _head_neck(folder: Path) -> tuple[ModelInputs, Outcome]:
    path = folder / "head_neck" / "head_neck_pet_ct_clinical.csv"
    table = pd.read_csv(path, sep=";", keep_default_na=False, na_values=["N/A", ""])
    ids = table["id"].tolist()
    names = ["sex", "site", "tstage", "nstage", "mstage", "groupstage", "therapy"]
    frame = pd.DataFrame({f"clinical.{name}": _categories(table[name]) for name in names}, ids)
    frame["clinical.hpv"] = _categories(table["overall_hpv_status"])
    frame["clinical.age"] = table["age"].to_numpy(dtype=np.float64)
    frame["volume.log_mm3"] = np.log(table["vol"].to_numpy(dtype=np.float64))
    event = table["Distant"].to_numpy(dtype=np.int64)
    return ModelInputs(FeatureTable(frame)), Outcome(tuple(ids), event)


def _sarcoma(folder: Path) -> tuple[ModelInputs, Outcome]:
    table = pd.read_csv(folder / "sarcoma" / "clinical.csv")
    ids = table["id"].tolist()
    names = ["sex", "hist", "mskcc", "site", "grade"]
    frame = pd.DataFrame({f"clinical.{name}": _categories(table[name]) for name in names}, ids)
    frame["clinical.age"] = table["age"].to_numpy(dtype=np.float64)
    event = table["LungMets"].to_numpy(dtype=np.int64)
    days = table["lungmets_days"].to_numpy(dtype=np.float64)
    return ModelInputs(FeatureTable(frame)), Outcome(tuple(ids), event, days)


def _out_of_fold(
    model: TabularModel | LateFusion, inputs: ModelInputs, outcome: Outcome, horizon_days: float
) -> NDArray[np.float64]:
    probability = np.empty(len(inputs))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    for train, test in folds.split(outcome.event, outcome.event == 1):
        fitted = model.clone().fit(
            inputs.rows(train),
            outcome.rows(train),
            horizon_days=horizon_days,
            seed=0,
            ledger=Ledger(),
        )
        probability[test] = fitted.predict_probability(inputs.rows(test))
    return probability


@pytest.mark.parametrize("learner", ["logistic", "forest"])
def test_clinical_and_volume_predict_distant_metastasis_as_well_as_is_known(
    real_data: Path, learner: str
) -> None:
    """0.74 to 0.75 is the known figure; over patients its 95% interval is +-0.08."""
    inputs, outcome = _head_neck(real_data)
    assert (len(inputs), outcome.event.sum()) == (298, 40)
    model = TabularModel(("clinical", "volume"), learner, select=None)
    probability = _out_of_fold(model, inputs, outcome, EVER_DAYS)
    assert 0.70 < auroc(outcome.event, probability) < 0.80
    assert probability.mean() == pytest.approx(40 / 298, abs=0.02)


def test_late_fusion_of_clinical_and_volume_is_no_worse_than_volume(real_data: Path) -> None:
    inputs, outcome = _head_neck(real_data)
    clinical = TabularModel(("clinical",), select=None)
    volume = TabularModel(("volume",), select=None)
    fused = _out_of_fold(
        LateFusion({"clinical": clinical, "volume": volume}), inputs, outcome, EVER_DAYS
    )
    alone = _out_of_fold(volume, inputs, outcome, EVER_DAYS)
    assert auroc(outcome.event, fused) > auroc(outcome.event, alone)


def test_free_text_and_missing_grades_of_51_patients_are_no_trouble(real_data: Path) -> None:
    inputs, outcome = _sarcoma(real_data)
    assert inputs.table.frame["clinical.grade"].isna().sum() == 3
    model = TabularModel(("clinical",), select=None)
    horizon_days = 730.0
    probability = _out_of_fold(model, inputs, outcome, horizon_days)
    target = outcome.binary_at(horizon_days)
    share = np.average(target.label, weights=target.weight)
    assert ((probability > 0) & (probability < 1)).all()
    assert probability.mean() == pytest.approx(share, abs=0.05)
    fitted = model.fit(inputs, outcome, horizon_days=horizon_days, seed=0, ledger=Ledger())
    assert "clinical.grade=missing" not in fitted.importance()
    assert {"clinical.grade=High", "clinical.grade=other"} <= set(fitted.importance())
