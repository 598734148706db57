"""A proposed study file runs, and every guess in it is marked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tumorcast import study


def test_a_manifest_with_a_table_gives_a_study_that_resolves(
    simulated_folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "study.yaml"
    notes = study.init(
        simulated_folder / "manifest.csv",
        output,
        table=simulated_folder / "clinical.csv",
        id="id",
        event="event=1",
        time="time_days",
    )
    text = output.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    assert set(document["cohort"]["images"]) == {"ct", "pt"}
    assert set(document["radiomics"]) == {"ct", "pt"}
    assert document["endpoint"]["time"] == "time_days"
    assert notes
    assert any("#" in line and "guessed" in line for line in text.splitlines()[1:])
    quality = study.check(output)
    assert quality.flow["excluded"] == 0


def test_images_that_bear_the_ids_are_found_beside_a_table(
    simulated_folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "study.yaml"
    study.init(
        simulated_folder / "clinical.csv", output, id="id", event="event=1", time="time_days"
    )
    images = yaml.safe_load(output.read_text(encoding="utf-8"))["cohort"]["images"]
    assert set(images) == {"ct", "pt"}
    assert all(image["mask"] for image in images.values())


def test_a_table_alone_gives_a_study_that_runs(simulated_folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "clinical.csv"
    shutil.copyfile(simulated_folder / "clinical.csv", table)
    output = tmp_path / "study.yaml"
    study.init(table, output, id="id", event="event=1", time="time_days")
    assert "radiomics" not in yaml.safe_load(output.read_text(encoding="utf-8"))
    assert study.check(output).flow["ok"] == 24


@pytest.mark.slow
@pytest.mark.real_data
def test_the_head_and_neck_table_is_proposed_without_its_leaks(
    real_data: Path, tmp_path: Path
) -> None:
    output = tmp_path / "study.yaml"
    study.init(
        real_data / "head_neck" / "head_neck_pet_ct_clinical.csv",
        output,
        id="id",
        event="Distant",
        time="Time - diagnosis to DM (days)",
    )
    columns = yaml.safe_load(output.read_text(encoding="utf-8"))["columns"]
    baseline = {c.get("column", key) for key, c in columns.items() if c["known"] == "baseline"}
    assert {"age", "sex", "tstage"} <= baseline
    assert not {"Locoregional", "Death", "Time - diagnosis to Death (days)"} & baseline
