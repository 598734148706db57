"""What `check` leaves on the disk: findings, the cohort without anybody's values, a page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import yaml
from tests.study.conftest import N_CASES
from tests.study.test_run import case_of, image

from tumorcast import study
from tumorcast.imaging import Geometry, Mask, read_mask, write_mask


def test_the_page_shows_every_case_and_a_second_check_computes_nothing(
    cohort_folder: Path, tmp_path: Path
) -> None:
    shifted = image(cohort_folder, 2, "pt_mask")
    mask = read_mask(shifted)
    write_mask(mask.crop((1, 1, 1), mask.geometry.shape), shifted)
    lost = image(cohort_folder, 3, "pt_mask")
    mask = read_mask(lost)
    far = Geometry.of_spacing(mask.geometry.shape, mask.geometry.spacing_mm, (5e3, 5e3, 5e3))
    write_mask(Mask(mask.array, far), lost)

    path = cohort_folder / "study.yaml"
    examined = study.examine(path, output=tmp_path / "check", page=True)

    quality = json.loads((tmp_path / "check" / "quality.json").read_text(encoding="utf-8"))
    assert quality == json.loads(json.dumps(examined.quality.as_dict()))
    assert quality["flow"]["repaired"] == 1
    assert quality["excluded"] == [case_of(lost)]
    pictures = sorted((tmp_path / "check" / "cases").glob("*.npz"))
    assert len(pictures) == N_CASES
    drawn = {}
    for picture in pictures:
        with np.load(picture) as arrays:
            drawn[str(arrays["case"])] = set(arrays.files)
    assert "pt.axial.used" in drawn[case_of(shifted)]
    assert "pt.axial.used" not in drawn[case_of(lost)]
    assert "pt.axial.drawn" in drawn[case_of(lost)]

    times = {p: p.stat().st_mtime_ns for p in (tmp_path / ".tumorcast-store").rglob("*.*")}
    again = study.examine(path, output=tmp_path / "check", page=True)
    assert again.quality == examined.quality
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / ".tumorcast-store").rglob("*.*")} == times


def test_the_cohort_file_holds_no_value_of_a_patient(cohort_folder: Path, runs: Path) -> None:
    path = cohort_folder / "study.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["columns"]["note"] = {"column": "canary", "kind": "category", "known": "later"}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    table = cohort_folder / "clinical.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    lines = [f"{line},{'canary' if i == 0 else f'Carla {i % 3}'}" for i, line in enumerate(lines)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    study.examine(path, output=runs / "check", page=True)
    for written in (runs / "check").glob("*.*"):
        assert "Carla" not in written.read_text(encoding="utf-8")
    cohort = json.loads((runs / "check" / "cohort.json").read_text(encoding="utf-8"))
    assert sum(row["cases"] for row in cohort["outcome"]["centres"]) == N_CASES
    assert cohort["outcome"]["most_folds"] >= 2


def test_a_study_that_cannot_be_run_has_a_page_too(cohort_folder: Path, runs: Path) -> None:
    first, second = (image(cohort_folder, number, "ct") for number in (1, 2))
    second.write_bytes(first.read_bytes())
    examined = study.examine(cohort_folder / "study.yaml", output=runs / "same", page=True)
    assert [finding.code for finding in examined.quality.stopping] == ["IDS-07"]
    assert "This study cannot be run" in (runs / "same" / "check.html").read_text(encoding="utf-8")
