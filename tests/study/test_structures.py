"""Structures near the tumour, from the study file to the columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumorcast import study
from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import Geometry, Volume, write_volume
from tumorcast.study.load import load
from tumorcast.study.plan import resolve

N = 12
STUDY = """
study: near-the-artery
preset: standard
cohort:
  table: t.csv
  images: {ct: {unit: HU, path: "{id}.nii.gz", mask: "{id}_mask.nii.gz"}}
  drawn: {GTV: [1], artery: [2]}
  tumor: [GTV]
endpoint: {name: relapse, event: event}
structures:
  ct: {to: [artery], contact_mm: 1}
arms:
  near: {blocks: ["ct.tumor_to_artery.*Distance"], select: null}
validation: {folds: 2, repeats: 1, seed: 1}
"""


def written(folder: Path, text: str = STUDY) -> Path:
    """Write patients of whom those with the event have the artery closer; one has none drawn."""
    random = np.random.default_rng(0)
    for number in range(N):
        labels = np.zeros((10, 12, 24), dtype=np.int16)
        labels[3:7, 3:9, 3:9] = random.random((4, 6, 6)) < 0.9
        gap = 2 + 5 * (1 - number % 2) + number // 6
        if number != 4:
            labels[2:8, 4:7, 9 + gap : 11 + gap] = 2
        grid = Geometry.of_spacing(labels.shape, (2.0, 1.0, 1.0))
        voxels = random.normal(40, 10, labels.shape).astype(np.float32)
        write_volume(Volume(voxels, grid, "HU"), folder / f"p{number}.nii.gz")
        write_volume(Volume(labels, grid), folder / f"p{number}_mask.nii.gz")
    frame = pd.DataFrame({"id": [f"p{number}" for number in range(N)], "event": np.arange(N) % 2})
    frame.to_csv(folder / "t.csv", index=False)
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_distances_to_a_drawn_structure_become_columns(tmp_path: Path) -> None:
    found = study.run(written(tmp_path), ["scepticism=false"], output=tmp_path / "run")
    table = pd.read_parquet(tmp_path / "run" / "features.parquet")
    near = table["ct.tumor_to_artery.original_structure_MinimumDistance"]
    gaps = [2 + 5 * (1 - number % 2) + number // 6 for number in range(N)]
    expected = pd.Series(gaps, table.index, dtype=float).where(table.index != "p4")
    np.testing.assert_allclose(near, expected, atol=0.3)
    assert table.filter(like="tumor_to_artery").loc["p4"].isna().all()
    assert found.metrics["arms"]["near"]["auroc"]["value"] > 0.9
    text = found.report.read_text(encoding="utf-8")
    assert "contact (within 1 mm) and overlap of the tumour with artery were measured" in text
    locked = study.bundle(tmp_path / "run", tmp_path / "bundle", arm="near").folder
    assert study.predict(locked, tmp_path / "study.yaml").table["probability"].notna().all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  ct: {to", "  mr: {to", r"PLN-01.*structures names the image 'mr'"),
        ("to: [artery]", "to: [vein]", r"PLN-01.*drawn region 'vein'.*one of GTV, artery"),
        ("to: [artery]", "to: [GTV]", r"PLN-12.*'GTV', which is part of the tumour;"),
        ("  tumor: [GTV]\n", "", r"PLN-12.*all drawn regions are"),
        ("contact_mm: 1", "contact_mm: -1", r"STU-04.*contact_mm"),
    ],
)
def test_structures_that_are_not_there_are_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in STUDY
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace(old, new), encoding="utf-8")
    with pytest.raises(StudyRefusedError, match=words):
        resolve(load(path))
