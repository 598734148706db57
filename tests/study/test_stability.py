"""Agreement over perturbations: as a table of its own, and as a selector in a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tumorcast import study
from tumorcast.errors import StudyRefusedError
from tumorcast.radiomics.perturb import Perturbations
from tumorcast.study.load import load
from tumorcast.study.plan import resolve

CHEAP = Perturbations(("contour", "volume"), 3, seed=1, crossed=True)


def listed(folder: Path, table: Path, count: int, *more: str) -> Path:
    found = sorted(folder.glob("images/*_pt.nii.gz"))[:count]
    rows = [f"{image},{str(image).replace('_pt.', '_pt_mask.')}" for image in found]
    table.write_text("\n".join(["Image,Mask", *rows, *more]) + "\n")
    return table


def test_each_feature_has_its_agreement_and_bad_rows_are_named(
    simulated_folder: Path, tmp_path: Path
) -> None:
    table = listed(simulated_folder, tmp_path / "cases.csv", 4, "none.nii.gz,none.nii.gz")
    first = table.read_text().splitlines()[1]
    table.write_text(table.read_text() + first + "\n")
    found = study.stability(table, CHEAP, preset="pet-original", store=tmp_path / "store")
    assert [finding.code for finding in found.findings] == ["IMG-02", "EXT-04"]
    assert len(found.table) == 107
    assert set(found.table["n_cases"]) <= {3, 4}
    volume = found.table.set_index("feature").loc["original_shape_MeshVolume"]
    assert 0.5 < volume["ci_low"] < volume["icc"] < volume["ci_high"] <= 1.0
    assert volume["icc_consistency"] > volume["icc"]  # growth is alike in all cases
    assert len(found.draws) == 4 * 3
    assert found.draws.groupby("repeat")["growth"].nunique().tolist() == [1, 1, 1]
    assert found.draws["contour_seed"].nunique() == 12
    again = study.stability(table, CHEAP, preset="pet-original", store=tmp_path / "store")
    pd.testing.assert_frame_equal(again.table, found.table)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_table_and_the_draws_are_written(tmp_path: Path, suffix: str) -> None:
    table = pd.DataFrame({"feature": ["a"], "icc": [0.5]})
    found = study.Stability(table, pd.DataFrame({"case": ["x"], "growth": [0.1]}), ())
    found.write(tmp_path / f"icc{suffix}")
    read = pd.read_csv if suffix == ".csv" else pd.read_parquet
    assert read(tmp_path / f"icc{suffix}")["icc"].tolist() == [0.5]
    assert read(tmp_path / f"icc.draws{suffix}")["growth"].tolist() == [0.1]
    with pytest.raises(StudyRefusedError, match="EXT-05"):
        found.write(tmp_path / "icc.xlsx")


def test_too_few_cases_are_refused(simulated_folder: Path, tmp_path: Path) -> None:
    table = listed(simulated_folder, tmp_path / "cases.csv", 2, "none.nii.gz,none.nii.gz")
    with pytest.raises(StudyRefusedError, match="STB-03") as refused:
        study.stability(table, CHEAP, preset="pet-original")
    assert [finding.code for finding in refused.value.findings] == ["IMG-02", "STB-03"]


def test_stable_features_of_nothing_perturbed_are_refused(simulated_folder: Path) -> None:
    asked = load(simulated_folder / "study.yaml", ["selection.stable.min_icc=0.75"])
    with pytest.raises(StudyRefusedError, match="PLN-06"):
        resolve(asked)


@pytest.mark.parametrize(
    "wrong", ["perturbations=[zoom]", "perturbations=[]", "repeats=1", "often=3"]
)
def test_a_wrong_section_is_refused(simulated_folder: Path, wrong: str) -> None:
    section = "radiomics.pt.stability"
    given = [f"{section}.perturbations=[contour]", f"{section}.repeats=3", f"{section}.{wrong}"]
    with pytest.raises(StudyRefusedError, match=r"STU-0[34]"):
        load(simulated_folder / "study.yaml", given)


@pytest.mark.slow
def test_a_study_selects_stable_features_in_every_fold(cohort_folder: Path) -> None:
    path = cohort_folder / "study.yaml"
    document = yaml.safe_load(path.read_text())
    document["radiomics"]["pt"] = {
        "preset": "pet-original",
        "stability": {"perturbations": ["contour", "volume"], "repeats": 3},
    }
    document["selection"] = {"stable": {"min_icc": 0.9}, "correlation": 0.9, "keep": 5}
    path.write_text(yaml.safe_dump(document))
    run_dir = study.run(path, output=cohort_folder / "run").run_dir
    table = pd.read_parquet(run_dir / "stability.parquet")
    assert len(table) == 107
    assert table["icc"].between(-1, 1).sum() > 90
    ledger = pd.read_parquet(run_dir / "ledger.parquet")
    fits = ledger[(ledger["arm"] == "radiomics_pt") & (ledger["step"] == "stable")]
    assert len(fits) == 4
    assert len(set(fits["state_digest"])) > 1
    assert not ledger["violation"].any()
    picked = pd.read_parquet(run_dir / "importance.parquet")
    picked = picked[picked["arm"] == "radiomics_pt"]
    low = set("pt.tumor." + table.loc[table["icc"] < 0.75, "feature"])
    assert low
    assert not low & set(picked["column"])
    assert np.isfinite(picked["importance"]).all()
