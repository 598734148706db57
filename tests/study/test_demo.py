"""Recipes are whole study files of the simulated cohorts that they are run on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tumorcast import study
from tumorcast.cohort.simulate import PRESETS, SimulatedFiles, simulate
from tumorcast.encoders import WeightsCard
from tumorcast.errors import StudyRefusedError
from tumorcast.study.attainable import ATTAINABLE, causes_of, write_attainable
from tumorcast.study.demo import RECIPE, RECIPES, Recipe, Size, write_study
from tumorcast.study.demo_weights import Scans, make_weights
from tumorcast.study.load import load
from tumorcast.study.plan import resolve
from tumorcast.study.progress import no_progress


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_declares_the_cohort_that_it_is_run_on(name: str, tmp_path: Path) -> None:
    file = load(write_study(name, tmp_path)).file
    written = SimulatedFiles(tmp_path, PRESETS[RECIPES[name].population])
    assert file.cohort == written.cohort_source
    assert file.columns == written.columns
    assert file.endpoint.model_dump(exclude={"name", "horizons_days"}) == (
        written.endpoint.model_dump(exclude={"name", "horizons_days"})
    )


@pytest.mark.parametrize("name", RECIPES)
def test_the_recipe_is_written_beside_the_study_as_it_is_shipped(name: str, tmp_path: Path) -> None:
    study_file = write_study(name, tmp_path)
    shipped = (tmp_path / RECIPE).read_text(encoding="utf-8")
    assert shipped.startswith("#")
    assert yaml.safe_load(shipped) == yaml.safe_load(study_file.read_text(encoding="utf-8"))


def test_a_smaller_crop_shows_the_same_tissue(tmp_path: Path) -> None:
    file = load(write_study("hnscc-dm", tmp_path, crop_voxels=16, max_epochs=2)).file
    crop = file.crops["ct"]
    assert (crop.size_voxels, crop.spacing_mm * crop.size_voxels) == (16, 72.0)
    networks = [arm.network for arm in file.arms.values() if arm.network is not None]
    assert len(networks) == 7
    assert {network.max_epochs for network in networks} == {2}


def test_what_is_not_given_is_small_or_full() -> None:
    recipe = Recipe("hnscc-dm", 120, crop_voxels=16, max_epochs=2)
    assert Size().of(recipe) == (120, 16, 2)
    assert Size(cases=400, crop_voxels=32).of(recipe) == (400, 32, 2)
    assert Size(full=True).of(recipe) == (None, None, None)
    assert Size(cases=400, full=True).of(recipe) == (400, None, None)


def test_an_unknown_demo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"DEM-01.*'hnscc'.*one of quick, hnscc-dm"):
        study.demo("hnscc", tmp_path)


def test_a_crop_that_an_arm_cannot_take_is_refused_before_anything_is_simulated(
    tmp_path: Path,
) -> None:
    with pytest.raises(StudyRefusedError, match="ENC-01"):
        study.demo("hnscc-dm", tmp_path, size=Size(crop_voxels=20))
    assert not (tmp_path / "cohort" / "images").exists()


def test_arms_are_left_out_with_what_needs_them(tmp_path: Path) -> None:
    file = load(write_study("hnscc-dm", tmp_path, without=("swin", "resnet"))).file
    assert {"swin", "resnet", "late"}.isdisjoint(file.arms)
    assert "densenet" in file.arms
    assert all({"swin", "resnet", "late"}.isdisjoint(pair) for pair in file.compare)
    with pytest.raises(StudyRefusedError, match=r"DEM-02.*no arm 'vit'"):
        write_study("hnscc-dm", tmp_path, without=("vit",))


@pytest.mark.parametrize("name", RECIPES)
def test_every_arm_has_an_attainable_auroc_that_grows_with_what_it_sees(
    name: str, tmp_path: Path
) -> None:
    untrained = {"net-pfs": ("fusion_pretrained",)}.get(name, ())
    plan = resolve(load(write_study(name, tmp_path, without=untrained)))
    write_attainable(tmp_path, plan, simulate(RECIPES[name].population, n=60, seed=1))
    attainable = json.loads((tmp_path / ATTAINABLE).read_text(encoding="utf-8"))["arms"]
    assert set(attainable) == set(plan.arms)
    sees = {arm: set(causes_of(plan.arms[arm], plan.arms)) for arm in plan.arms}
    for arm, causes in sees.items():
        for other, others in sees.items():
            if causes < others:
                assert attainable[arm]["population"] < attainable[other]["population"]


@pytest.mark.slow
def test_the_weights_that_a_recipe_names_are_pretrained_on_other_patients(tmp_path: Path) -> None:
    lean = ("pet", "ct", "pet_ct", "laboratory_pet", "laboratory_ct", "fusion", "radiomics")
    path = write_study("net-pfs", tmp_path, crop_voxels=16, max_epochs=1, without=lean)
    make_weights(load(path).file, tmp_path, Scans("net-pfs", 2, 1), workers=1, progress=no_progress)
    card = WeightsCard.read(tmp_path / "weights" / "ct-cnn3d.safetensors")
    assert [seen.case for seen in card.cases] == ["SCAN-0001", "SCAN-0002"]
    assert "fusion_pretrained" in resolve(load(path)).arms


@pytest.mark.slow
def test_the_head_and_neck_recipe_runs_from_simulation_to_report(tmp_path: Path) -> None:
    simulated = simulate("hnscc-dm", n=20, seed=5)
    simulated.write(tmp_path)
    slow = ("swin", "resnet", "densenet", "cnn", "swin_radiomics", "swin_clinical", "radiomics")
    path = write_study("hnscc-dm", tmp_path, crop_voxels=16, max_epochs=1, without=slow)
    few = ["validation.folds=2", "radiomics.ct.preset=ct-original", "scepticism=false"]
    result = study.run(path, few, output=tmp_path / "run")
    assert result.report.is_file()
    baselines = {"volume", "clinical", "clinical_volume"}
    arms = {"radiomics_tumor", "radiomics_clinical", "everything"}
    assert {*result.metrics["arms"]} == baselines | arms
    assert result.metrics["horizon_days"] == "1095"
