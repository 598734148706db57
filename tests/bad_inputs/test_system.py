"""Rows 18 and 63: names and places that trip programs up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.bad_inputs.conftest import CASES, SPOILED, Export, the

from tumorcast import study


def test_row_18_an_id_that_leads_elsewhere(nifti: Export) -> None:
    evil = "../../etc/passwd"
    nifti.write_rows([r | {"id": evil if r["id"] == SPOILED else r["id"]} for r in nifti.rows()])
    the(
        nifti.check(),
        "FIL-03",
        "excluded",
        case=evil,
        found="cannot be the name of a file or folder",
        fix="give whole paths in a manifest",
    )


def test_a_file_that_is_not_there(nifti: Export) -> None:
    nifti.image().unlink()
    the(
        nifti.check(),
        "FIL-01",
        "excluded",
        found="image 'scan': there is no such file",
        fix="correct the path or cohort.root",
        file=SPOILED,
    )


@pytest.mark.parametrize(
    "name", ["mit Leerzeichen und Ümläuten", "患者データ", "é" * 60, "a" * 200, "semi;colon'quote"]
)
def test_row_63_unusual_and_long_names(nifti: Export, name: str) -> None:
    moved = nifti.root.with_name(name)
    nifti.root.rename(moved)
    assert Export(moved).check().usable == CASES


def test_row_63_a_case_id_with_spaces_and_accents(nifti: Export) -> None:
    name = "Ærø 01 β"
    for path in (nifti.image(), nifti.mask()):
        path.rename(path.with_name(f"{name}.nii.gz"))
    nifti.write_rows([r | {"id": name if r["id"] == SPOILED else r["id"]} for r in nifti.rows()])
    quality = nifti.check()
    assert quality.findings == ()
    assert name in quality.usable


def test_row_63_a_loop_of_links_inside_a_case(ct: Export) -> None:
    (ct.image() / "again").symlink_to(ct.image(), target_is_directory=True)
    (ct.image() / "nowhere").symlink_to(ct.image() / "nowhere")
    assert ct.check().usable == CASES


def test_row_63_an_image_that_is_a_link_to_itself(nifti: Export) -> None:
    path = nifti.image()
    path.unlink()
    path.symlink_to(path)
    quality = nifti.check()
    assert quality.excluded == {SPOILED}


def test_row_63_input_that_may_not_be_written_to(nifti: Export, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in nifti.root.rglob("*")}
    for path in [nifti.root, *before]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert study.examine(nifti.study).quality.usable == CASES
        assert {path: path.stat().st_mtime_ns for path in nifti.root.rglob("*")} == before
    finally:
        for path in [nifti.root, *before]:
            path.chmod(0o755)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_row_63_a_file_that_may_not_be_read(nifti: Export) -> None:
    nifti.image().chmod(0o000)
    quality = nifti.check()
    assert quality.excluded == {SPOILED}
