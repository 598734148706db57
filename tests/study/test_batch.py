"""Radiomics of a list: PyRadiomics' columns, one bad case costs one row."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tumorcast import study
from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.imaging import read_mask, read_volume
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
    ("text", "code"), [("ID,Picture\na,b\n", "EXT-01"), (None, "TAB-01"), ("", "TAB-05")]
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


def pairs(folder: Path) -> list[tuple[Path, Path]]:
    found = sorted(folder.glob("images/*_pt.nii.gz"))[:3]
    return [(image, image.with_name(image.name.replace("_pt", "_pt_mask"))) for image in found]


def test_the_number_of_workers_changes_no_byte(simulated_folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "cases.csv"
    rows = [f"{image},{mask}\n" for image, mask in pairs(simulated_folder)]
    table.write_text("Image,Mask\n" + "".join(rows[:2]))
    for workers in (1, 2):
        found = study.extract(table, preset="pet-suv", workers=workers)
        found.write(tmp_path / f"{workers}.csv")
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_what_is_in_the_store_is_not_measured_again(
    simulated_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "cases.csv"
    rows = [f"{image},{mask}\n" for image, mask in pairs(simulated_folder)]
    table.write_text("Image,Mask\n" + "".join(rows[:2]))
    first = study.extract(table, preset="pet-original", store=tmp_path / "store")
    measured = []

    def measure(*_: object, **__: object) -> None:
        measured.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr("tumorcast.study.batch.extract_in_regions", measure)
    table.write_text("Image,Mask\n" + "".join(rows))
    again = study.extract(table, preset="pet-original", store=tmp_path / "store")
    assert len(measured) == 1
    assert again.rows[:2] == first.rows
    assert again.rows[2]["error"].startswith("INT-01")
    study.extract(table, preset="pet-suv", store=tmp_path / "store")
    assert len(measured) == 4


def test_every_kind_of_bad_row_costs_itself(simulated_folder: Path, tmp_path: Path) -> None:
    image, mask = images(simulated_folder)
    (tmp_path / "here.nii.gz").symlink_to(image)
    table = tmp_path / "cases.csv"
    table.write_bytes(
        f"Größe;image;MASK;Label\n1;here.nii.gz;{mask};\n2;{image};;\n3;{image};{mask};one\n"
        f"4;{image};{mask};;9\n5;{image};{mask};1\n6;{image};{mask};1\n".encode("utf-16")
    )
    found = study.extract(table, preset="pet-original")
    assert [row["error"][:6] for row in found.rows] == ["", "EXT-03", "EXT-03", "TAB-06", "", ""]
    assert [row["Größe"] for row in found.rows] == list("123456")
    twins = [finding for finding in found.findings if finding.code == "EXT-04"]
    assert [twin.case[:5] for twin in twins] == ["row 6", "row 7"]
    assert all("row 2" in twin.found for twin in twins)
    (echo,) = [finding for finding in found.findings if finding.code == "TAB-02"]
    assert "utf-16" in echo.found


def test_several_regions_share_one_call(simulated_folder: Path, tmp_path: Path) -> None:
    image, mask = images(simulated_folder)
    names = ["tumor", "shell_0_5mm", "dilation_3mm"]
    found = study.extract(image, mask, preset="pet-original", regions=names)
    assert [row["Region"] for row in found.rows] == names
    volume = [row["original_shape_VoxelVolume"] for row in found.rows]
    assert volume[0] < volume[2]
    alone = extract(image, mask, preset="pet-original")
    assert found.rows[0]["original_firstorder_Mean"] == alone["original_firstorder_Mean"]


def test_the_tidy_table_says_what_each_value_is(simulated_folder: Path, tmp_path: Path) -> None:
    image, mask = images(simulated_folder)
    table = tmp_path / "cases.csv"
    table.write_text(f"value,Image,Mask\na,{image},{mask}\nb,none.nii.gz,{mask}\n")
    found = study.extract(table, preset="pet-original")
    found.write(tmp_path / "features.parquet")
    tidy = pd.read_parquet(tmp_path / "features.parquet").set_index("feature")
    (entropy,) = tidy.loc[["original_firstorder_Entropy"]].to_dict("records")
    named = [entropy[k] for k in ("input_value", "region", "image_filter", "family", "name")]
    assert named == ["a", "tumor", "original", "firstorder", "Entropy"]
    assert entropy["value"] == found.rows[0]["original_firstorder_Entropy"]
    assert tidy["error"].iloc[-1].startswith("IMG-02")
    assert np.isnan(tidy["value"].iloc[-1])
    assert len(tidy) == 107 + 1


def test_images_in_memory_give_what_files_give(simulated_folder: Path) -> None:
    image, mask = images(simulated_folder)
    on_disk = study.extract(image, mask, preset="pet-original").rows[0]
    volume, region = read_volume(image), read_mask(mask)
    for given in ((volume, region), (volume.to_sitk(), region.to_sitk())):
        (row,) = study.extract(*given, preset="pet-original").rows
        assert row["original_glcm_Contrast"] == pytest.approx(on_disk["original_glcm_Contrast"])


def test_what_repeats_itself_is_told_twice_and_written_in_full(tmp_path: Path) -> None:
    doubts = [Finding("RAD-13", "warning", f"{n} bins", "", "", case=f"row {n}") for n in range(5)]
    lost = [Finding("IMG-02", "excluded", "no file", "", "", case=f"row {n}") for n in range(5)]
    found = study.BatchExtraction((), (*doubts, *lost))
    told = list(found.told())
    assert sum(line.startswith("RAD-13 case") for line in told) == 2
    assert sum(line.startswith("IMG-02 case") for line in told) == 5
    assert told[-1].startswith("RAD-13: 5 of them")
    found.write(tmp_path / "features.csv")
    assert len(json.loads((tmp_path / "features.findings.json").read_text())) == 10


def test_an_output_of_another_kind_is_refused(simulated_folder: Path, tmp_path: Path) -> None:
    found = study.BatchExtraction((), ())
    with pytest.raises(StudyRefusedError, match="EXT-05"):
        found.write(tmp_path / "features.xlsx")
    assert not list(tmp_path.iterdir())
