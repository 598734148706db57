"""A typical patient of the training cases, and what sets a new one apart from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumorcast import study
from tumorcast.serve import load_bundle
from tumorcast.study import BundleResult
from tumorcast.study.locked.reference import REFERENCE, REST, no_reasons, typical_patient
from tumorcast.study.locked.seal import SEAL, write_seal


def test_a_typical_patient_is_one_figure_a_column_over_enough_patients() -> None:
    frame = pd.DataFrame(
        {
            "clinical.age": [50.0, 60.0, 70.0, 80.0, 90.0, np.nan],
            "lab.rare": [1.0, 2.0, 3.0, 4.0, np.nan, np.nan],
            "clinical.sex": ["M", "M", "M", "M", "M", "F"],
            "clinical.site": ["a", "a", "a", "a", "b", None],
        },
        index=[f"case {row}" for row in range(6)],
    )
    frame = frame.astype({"clinical.sex": object, "clinical.site": object})
    row = typical_patient(frame, [f"patient {row}" for row in range(6)]).iloc[0]
    assert row["clinical.age"] == 70.0
    assert np.isnan(row["lab.rare"])  # four patients only
    assert row["clinical.sex"] == "M"
    assert row["clinical.site"] is None
    twice = typical_patient(frame, ["one", "one", "two", "three", "four", "five"]).iloc[0]
    assert np.isnan(twice["clinical.age"])  # five cases of four patients


def test_reasons_add_up_to_what_sets_a_case_apart(
    made: BundleResult, new_patients: Path, tmp_path: Path
) -> None:
    result = study.predict(made.folder, new_patients / "study.yaml")
    assert result.no_reasons == ""
    reasons = result.reasons.set_index("case")
    parts = reasons.groupby("case")["part"].sum()
    first = reasons[reasons["rank"] == 1]
    apart = first["score"] - first["typical_score"]
    np.testing.assert_allclose(parts[apart.index], apart, atol=1e-9)
    risk = result.table.set_index("case")["risk"]
    np.testing.assert_allclose(first["score"], risk[first.index], atol=1e-12)
    assert len(set(first["typical_score"].round(12))) == 1
    assert (reasons[reasons["column"] == REST]["block"] == "").all()
    sizes = reasons[reasons["column"] != REST].groupby("case")["part"].apply(np.abs)
    assert all(np.all(np.diff(one) <= 0) for _, one in sizes.groupby(level=0))
    result.write(tmp_path / "p.csv")
    written = pd.read_csv(tmp_path / "p.reasons.csv")
    assert list(written.columns) == list(result.reasons.columns)


def test_a_bundle_without_a_typical_patient_predicts_without_reasons(
    bundle: Path, new_patients: Path, tmp_path: Path
) -> None:
    (bundle / REFERENCE).unlink()
    write_seal(bundle)
    result = study.predict(bundle, new_patients / "study.yaml", store=tmp_path / "store")
    assert result.reasons.empty
    assert "older version" in result.no_reasons
    assert len(result.table)
    result.write(tmp_path / "p.csv")
    assert not (tmp_path / "p.reasons.csv").exists()


def test_networks_are_refused_reasons_by_name(
    made: BundleResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_bundle(made.folder)
    deep = model.plan.arms["whole"].model_copy(update={"network": object()})
    monkeypatch.setitem(model.plan.arms, "whole", deep)
    assert "arm 'whole' holds a network" in no_reasons(model)


def test_the_typical_patient_is_nobody(made: BundleResult, finished_run: Path) -> None:
    kept = pd.read_parquet(finished_run / "features.parquet")
    row = pd.read_parquet(made.folder / REFERENCE)
    assert len(row) == 1
    numbers = kept.select_dtypes("number").columns.intersection(row.columns)
    alike = (kept[numbers] == row.iloc[0][numbers]).sum(axis=1)
    assert alike.max() < len(numbers) / 2
    assert REFERENCE in json.loads((made.folder / SEAL).read_text(encoding="utf-8"))["files"]
