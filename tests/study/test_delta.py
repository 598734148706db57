"""Changes between two time points, from the study file to the columns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumorcast import study
from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import Geometry, Mask, Volume, write_mask, write_volume
from tumorcast.study.delta import delta_frame
from tumorcast.study.load import load
from tumorcast.study.plan import resolve
from tumorcast.study.schema_delta import DeltaSpec

N = 12
STUDY = """
study: two-scans
preset: standard
cohort:
  manifest: t.csv
  images:
    ct: {unit: HU, known: baseline}
    ct_later: {unit: HU, known: baseline}
endpoint: {name: relapse, event: event}
radiomics:
  ct: {params: mean.yaml}
  ct_later: {params: mean.yaml}
delta:
  ct_change: {from: ct, to: ct_later, as: [difference, relative]}
arms:
  change: {blocks: ["ct_change.tumor.original_firstorder_Mean"], select: null}
validation: {folds: 2, repeats: 1, seed: 1}
"""


def spec_of(*kinds: str) -> DeltaSpec:
    return DeltaSpec.model_validate({"from": "ct", "to": "ct_later", "as": kinds})


def test_changes_are_later_minus_earlier_and_by_the_size_of_the_earlier() -> None:
    nan = np.nan
    frame = pd.DataFrame(
        {
            "ct.tumor.f": [2.0, -4.0, 0.0, nan, 0.0],
            "ct.tumor.alone": [1.0] * 5,
            "ct.nodes_maximum.resnet18_000": [1.0] * 5,
            "ct_later.tumor.f": [3.0, -2.0, 5.0, 1.0, 0.0],
            "ct_later.nodes_maximum.resnet18_000": [1.5] * 5,
        }
    )
    found = delta_frame("change", spec_of("difference", "relative"), frame)
    expected = pd.DataFrame(
        {
            "change.tumor.f": [1.0, 2.0, 5.0, nan, 0.0],
            "change.nodes_maximum.resnet18_000": [0.5] * 5,
            "change.tumor_relative.f": [0.5, 0.5, nan, nan, nan],
            "change.nodes_maximum_relative.resnet18_000": [0.5] * 5,
        }
    )
    pd.testing.assert_frame_equal(found, expected)
    only = delta_frame("change", spec_of("relative"), frame)
    assert [*only] == [*expected][2:]


def written(folder: Path, text: str = STUDY) -> Path:
    """Write patients whose tumour gets darker where the event comes; one has no later scan."""
    random = np.random.default_rng(0)
    inside = np.zeros((12, 12, 12), dtype=bool)
    inside[3:9, 3:9, 3:9] = True
    events, rows = np.arange(N) % 2, list[dict[str, object]]()
    for number, event in enumerate(events):
        level = random.normal(40, 10)
        geometry = Geometry.of_spacing((12, 12, 12), (2.0, 2.0, 2.0), (float(number), 0.0, 0.0))
        rows.append({"id": f"p{number}", "event": event})
        for name, shift in (("ct", 0.0), ("ct_later", -30.0 * event)):
            if name == "ct_later" and number == 5:
                continue
            image, mask = f"{name}_{number}.nii.gz", f"{name}_{number}_mask.nii.gz"
            rows[-1] |= {name: image, f"{name}_mask": mask}
            voxels = (random.normal(level + shift, 8, inside.shape)).astype(np.float32)
            write_volume(Volume(voxels, geometry, "HU"), folder / image)
            drawn = inside & (random.random(inside.shape) < 0.9)
            write_mask(Mask(drawn, geometry), folder / mask)
    pd.DataFrame(rows).to_csv(folder / "t.csv", index=False)
    params = "featureClass: {firstorder: [Mean]}\nsetting: {binWidth: 25}\n"
    (folder / "mean.yaml").write_text(params, encoding="utf-8")
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_change_predicts_what_neither_scan_tells(tmp_path: Path) -> None:
    found = study.run(written(tmp_path), ["scepticism=false"], output=tmp_path / "run")
    table = pd.read_parquet(tmp_path / "run" / "features.parquet")
    mean = "tumor.original_firstorder_Mean"
    expected = table[f"ct_later.{mean}"] - table[f"ct.{mean}"]
    pd.testing.assert_series_equal(table[f"ct_change.{mean}"], expected, check_names=False)
    relative = table["ct_change.tumor_relative.original_firstorder_Mean"]
    np.testing.assert_allclose(relative, expected / table[f"ct.{mean}"].abs())
    assert table.filter(like="ct_change.").loc["p5"].isna().all()
    assert found.metrics["arms"]["change"]["auroc"]["value"] > 0.9
    plan = json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))
    assert plan["study"]["delta"]["ct_change"]["as"] == ["difference", "relative"]
    text = found.report.read_text(encoding="utf-8")
    assert "differences and relative differences of every feature from CT to CT_LATER" in text
    locked = study.bundle(tmp_path / "run", tmp_path / "bundle", arm="change").folder
    assert study.predict(locked, tmp_path / "study.yaml").table["probability"].notna().all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("to: ct_later", "to: pt", r"PLN-01.*delta\.ct_change names the image 'pt'"),
        (
            "ct_later: {unit: HU, known: baseline",
            "ct_later: {unit: HU, known: later",
            r"PLN-10.*cohort\.images\.ct_later is known only after the index date",
        ),
        (
            "ct_later: {unit: HU, known: baseline",
            "ct_later: {unit: HU",
            r"PLN-10.*ct_later does not say when it is known",
        ),
        ("  ct_change:", "  ct:", r"PLN-11.*has the name of other columns"),
        (
            "ct_later: {params: mean.yaml}",
            "ct_later: {preset: ct-original}",
            r"PLN-11.*not measured alike",
        ),
        ("  ct_later: {params: mean.yaml}\n", "", r"PLN-11.*not measured alike"),
    ],
)
def test_time_points_that_do_not_fit_are_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in STUDY
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace(old, new), encoding="utf-8")
    with pytest.raises(StudyRefusedError, match=words):
        resolve(load(path))


def test_embeddings_of_two_time_points_are_alike_when_encoder_and_crop_are(tmp_path: Path) -> None:
    start, end = STUDY.index("radiomics:"), STUDY.index("delta:")
    crop = "{spacing_mm: 2, size_voxels: 16, window: [-160, 240]}"
    embedded = (
        f"crops: {{ct: {crop}, ct_later: {crop}}}\n"
        "embeddings: {ct: {encoder: cnn3d, seed: 1}, ct_later: {encoder: cnn3d, seed: 1}}\n"
    )
    path = tmp_path / "study.yaml"
    path.write_text(STUDY[:start] + embedded + STUDY[end:], encoding="utf-8")
    assert resolve(load(path)).study.file.delta["ct_change"].earlier == "ct"
    other = embedded.replace("seed: 1}}", "seed: 2}}")
    path.write_text(STUDY[:start] + other + STUDY[end:], encoding="utf-8")
    with pytest.raises(StudyRefusedError, match="not measured alike"):
        resolve(load(path))
