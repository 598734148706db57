"""Agreement over perturbations: as a table of its own, and as a selector in a study."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from tumorcast import study
from tumorcast.cli import app
from tumorcast.cli.options import DONE_WITH_EXCLUSIONS
from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import Geometry, Mask, Volume, write_mask, write_volume
from tumorcast.radiomics.perturb import Perturbations
from tumorcast.study.load import load
from tumorcast.study.plan import resolve

CHEAP = Perturbations(("contour", "volume"), 3, seed=1, crossed=True)
FEW = {
    "setting": {"binWidth": 0.25, "resampledPixelSpacing": [4, 4, 4]},
    "featureClass": {"shape": [], "firstorder": []},
}
"""32 features; enough to see agreement, and quick."""


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
    store = tmp_path / "store"
    found = study.stability(table, perturbations=CHEAP, params=FEW, store=store)
    assert [finding.code for finding in found.findings] == ["IMG-02", "EXT-04"]
    assert found.lost
    assert len(found.table) == 32
    assert set(found.table["n_cases"]) == {4}
    volume = found.table.set_index("feature").loc["original_shape_MeshVolume"]
    assert 0.5 < volume["ci_low"] < volume["icc"] < volume["ci_high"] <= 1.0
    assert volume["icc_consistency"] > volume["icc"]  # growth is alike in all cases
    assert 0 < volume["within_sd"] < volume["mean"]
    assert len(found.draws) == 4 * 3
    assert found.draws.groupby("repeat")["growth"].nunique().tolist() == [1, 1, 1]
    assert found.draws["contour_seed"].nunique() == 12
    again = study.stability(table, perturbations=CHEAP, params=FEW, store=store)
    pd.testing.assert_frame_equal(again.table, found.table)


def test_one_case_has_a_spread_and_no_agreement(simulated_folder: Path) -> None:
    image = min(simulated_folder.glob("images/*_pt.nii.gz"))
    mask = image.with_name(image.name.replace("_pt.", "_pt_mask."))
    found = study.stability(image, mask, perturbations=CHEAP, params=FEW)
    assert not found.lost
    assert (found.table["n_cases"] == 1).all()
    assert found.table["icc"].isna().all()
    (row,) = (r for r in found.as_dict()["agreement"] if r["name"] == "VoxelVolume")
    assert (row["icc"], row["ci_low"]) == (None, None)
    growth = found.draws["growth"].std()
    assert row["within_sd"] / row["mean"] == pytest.approx(growth, rel=0.6)
    assert found.by_family()["icc>=0.75"].tolist() == [0, 0]


def tiny(folder: Path, number: int, n_voxels: int) -> str:
    geometry = Geometry.of_spacing((12, 12, 12), (2.0, 2.0, 2.0))
    random = np.random.default_rng(number)
    inside = np.zeros(geometry.shape, dtype=np.bool_)
    inside[5:7, 5:7, 4:10] = np.arange(24).reshape(2, 2, 6) < n_voxels
    image, mask = folder / f"{number}.nii.gz", folder / f"{number}_mask.nii.gz"
    write_volume(Volume(random.normal(100, 20, geometry.shape), geometry), image)
    write_mask(Mask(inside, geometry), mask)
    return f"{image},{mask}"


def test_a_tumour_that_becomes_too_small_is_named_and_the_others_are_not(tmp_path: Path) -> None:
    rows = [tiny(tmp_path, number, n) for number, n in enumerate((11, 24, 23, 22))]
    table = tmp_path / "cases.csv"
    table.write_text("\n".join(["Image,Mask", *rows]) + "\n")
    settings = {"featureClass": FEW["featureClass"]}
    grown = Perturbations(("volume",), 6, seed=4)
    found = study.stability(table, perturbations=grown, params=settings)
    (finding,) = found.findings
    assert (finding.code, finding.consequence) == ("STB-04", "warning")
    assert "0.nii.gz" in finding.case
    assert "texture and intensity need 10" in finding.found
    assert found.table.groupby("family")["n_cases"].unique().map(list).to_dict() == {
        "shape": [4], "firstorder": [3],
    }  # fmt: skip
    lacking = found.draws[found.draws["lacking"] != ""]
    assert set(lacking["case"]) == {finding.case}
    assert (lacking["growth"] < 0).all()


def test_the_command_writes_table_draws_and_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [tiny(tmp_path, number, n) for number, n in enumerate((24, 22, 20))]
    (tmp_path / "cases.csv").write_text("\n".join(["Image,Mask", *rows, "no,no"]) + "\n")
    (tmp_path / "few.yaml").write_text("featureClass: {firstorder: [Mean, Energy]}\n")
    monkeypatch.chdir(tmp_path)
    asked = (
        "cases.csv --perturb volume,noise --repeats 3 --seed 1 --params few.yaml -o i.csv --json"
    )
    done = CliRunner().invoke(app, ["stability", *asked.split()])
    assert done.exit_code == DONE_WITH_EXCLUSIONS, done.stderr
    assert "IMG-02" in done.stderr
    shown = json.loads(done.stdout)
    assert [row["name"] for row in shown["agreement"]] == ["Mean", "Energy"]
    assert [row["n_cases"] for row in shown["agreement"]] == [3, 3]
    assert [finding["code"] for finding in shown["findings"]] == ["IMG-02"]
    assert json.loads((tmp_path / "i.findings.json").read_text()) == shown["findings"]
    assert len(pd.read_csv(tmp_path / "i.csv")) == 2
    assert len(pd.read_csv(tmp_path / "i.draws.csv")) == 9


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
        study.stability(table, perturbations=CHEAP, params=FEW)
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
def test_a_study_selects_stable_features_in_every_fold(cohort_folder: Path, runs: Path) -> None:
    path = cohort_folder / "study.yaml"
    document = yaml.safe_load(path.read_text())
    document["cohort"]["images"].pop("ct")
    document["validation"]["repeats"] = 1
    (cohort_folder / "few.yaml").write_text(yaml.safe_dump(FEW))
    document["radiomics"]["pt"] = {
        "params": "few.yaml",
        "stability": {"perturbations": ["contour", "volume"], "repeats": 3},
    }
    document["selection"] = {"stable": {"min_icc": 0.9}, "correlation": 0.9, "keep": 5}
    path.write_text(yaml.safe_dump(document))
    run_dir = study.run(path, output=runs / "stable").run_dir
    table = pd.read_parquet(run_dir / "stability.parquet")
    assert len(table) == 32
    assert table["icc"].between(-1, 1).all()
    ledger = pd.read_parquet(run_dir / "ledger.parquet")
    fits = ledger[(ledger["arm"] == "radiomics_pt") & (ledger["step"] == "stable")]
    assert len(fits) == 2
    assert len(set(fits["state_digest"])) > 1
    assert not ledger["violation"].any()
    picked = pd.read_parquet(run_dir / "importance.parquet")
    picked = picked[picked["arm"] == "radiomics_pt"]
    low = set("pt.tumor." + table.loc[table["icc"] < 0.75, "feature"])
    assert low
    assert not low & set(picked["column"])
    assert np.isfinite(picked["importance"]).all()
