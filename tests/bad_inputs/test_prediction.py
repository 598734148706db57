"""Row 57: a table for prediction that is not like the table of training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import EVER_DAYS, Outcome
from tumorcast.errors import BadInputError, Finding
from tumorcast.features import FeatureTable, Ledger, ModelInputs, OneHot
from tumorcast.fusion import TabularModel

ROWS = 40


def frame(n: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(n)
    return pd.DataFrame(
        {
            "clinical.age": random.normal(60, 9, n),
            "lab.cga": random.normal(10, 2, n),
            "clinical.stage": random.permutation([("I", "II", "III")[i % 3] for i in range(n)]),
        },
        index=[f"case {number:02d}" for number in range(n)],
    )


@pytest.fixture(scope="module")
def model() -> TabularModel:
    inputs = ModelInputs(FeatureTable(frame()))
    outcome = Outcome(inputs.case_ids, np.arange(ROWS, dtype=np.int64) % 2)
    return TabularModel(("clinical", "lab")).fit(
        inputs, outcome, horizon_days=EVER_DAYS, seed=0, ledger=Ledger()
    )


def refusal(model: TabularModel, table: pd.DataFrame) -> Finding:
    with pytest.raises(BadInputError) as caught:
        model.predict_probability(ModelInputs(FeatureTable(table)))
    return caught.value.finding


def test_row_57_missing_columns_are_listed_at_once(model: TabularModel) -> None:
    finding = refusal(model, frame().drop(columns=["lab.cga", "clinical.stage"]))
    assert finding.code == "COL-01"
    assert "2 columns are missing: clinical.stage, lab.cga" in finding.found
    assert "add these columns" in finding.fix


def test_row_57_columns_of_another_kind_are_listed_at_once(model: TabularModel) -> None:
    table = frame()
    table["clinical.age"] = "old"
    table["clinical.stage"] = 2.0
    finding = refusal(model, table)
    assert finding.code == "COL-02"
    assert "text in ['clinical.age']" in finding.found
    assert "numbers in ['clinical.stage']" in finding.found
    assert "write numbers as numbers and categories as text" in finding.fix


def test_row_57_further_columns_change_nothing(model: TabularModel) -> None:
    known = model.predict_probability(ModelInputs(FeatureTable(frame())))
    more = frame()
    more["clinical.remark"] = "x"
    more["mr.volume"] = 1.0
    assert np.array_equal(model.predict_probability(ModelInputs(FeatureTable(more))), known)


def test_row_57_a_new_category_is_read_as_other_and_named(model: TabularModel) -> None:
    table = frame()
    table.iloc[0, 2] = "IVb"
    assert np.isfinite(model.predict_probability(ModelInputs(FeatureTable(table)))).all()
    encoder = OneHot().fit(FeatureTable(frame()))
    assert encoder.unseen(FeatureTable(table)) == {"clinical.stage": ["IVb"]}
