"""Radiomics of a list: PyRadiomics' columns, one bad case costs one row."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tumorcast import study
from tumorcast.errors import StudyRefusedError
from tumorcast.radiomics import extract


def images(folder: Path) -> tuple[Path, Path]:
    (image,) = folder.glob("images/*0001_pt.nii.gz")
    return image, image.with_name(image.name.replace("_pt", "_pt_mask"))


def test_one_pair_gives_what_the_python_twin_gives(simulated_folder: Path, tmp_path: Path) -> None:
    image, mask = images(simulated_folder)
    found = study.extract(image, mask, preset="pet-original")
    (row,) = found.rows
    expected = extract(image, mask, preset="pet-original")
    assert {name: row[name] for name in expected} == pytest.approx(expected, nan_ok=True)
    assert not found.failed
    found.write(tmp_path / "features.csv")
    (read,) = csv.DictReader((tmp_path / "features.csv").read_text().splitlines())
    assert float(read["original_firstorder_Mean"]) == row["original_firstorder_Mean"]
    assert read["Image"] == str(image)


def test_a_bad_row_keeps_its_place_and_its_reason(simulated_folder: Path, tmp_path: Path) -> None:
    image, mask = images(simulated_folder)
    table = tmp_path / "cases.csv"
    table.write_text(f"ID,Image,Mask\na,{image},{mask}\nb,none.nii.gz,{mask}\nc,{image},{mask}\n")
    found = study.extract(table, preset="pet-original")
    assert [row["ID"] for row in found.rows] == ["a", "b", "c"]
    assert found.failed
    assert found.rows[1]["error"].startswith("IMG-02")
    assert [bool(row["error"]) for row in found.rows] == [False, True, False]
    assert [f.consequence for f in found.findings if "none.nii.gz" in f.case] == ["excluded"]


def test_a_label_is_taken_from_its_column(simulated_folder: Path, tmp_path: Path) -> None:
    image, mask = images(simulated_folder)
    table = tmp_path / "cases.csv"
    table.write_text(f"Image,Mask,Label\n{image},{mask},1\n{image},{mask},7\n")
    found = study.extract(table, preset="pet-original")
    assert not found.rows[0]["error"]
    assert "7" in found.rows[1]["error"]


@pytest.mark.parametrize(
    ("text", "code"), [("ID,Picture\na,b\n", "EXT-01"), (None, "EXT-01"), ("", "EXT-01")]
)
def test_a_list_without_its_columns_is_refused(tmp_path: Path, text: str | None, code: str) -> None:
    table = tmp_path / "cases.csv"
    if text is not None:
        table.write_text(text)
    with pytest.raises(StudyRefusedError, match=code):
        study.extract(table, preset="pet-original")


def test_an_image_without_a_mask_is_refused(simulated_folder: Path) -> None:
    with pytest.raises(StudyRefusedError, match="EXT-02"):
        study.extract(images(simulated_folder)[0], preset="pet-original")
