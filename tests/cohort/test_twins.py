from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tumorcast.cohort import Case, ImageSource
from tumorcast.cohort.twins import shared_files
from tumorcast.imaging import Geometry, Volume


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    contents = {"x": b"one", "y": b"two", "copy of x": b"one", "longer": b"three"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    for folder in ("series", "series copy"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "slice").write_bytes(b"slice")
    return {path.name: path for path in tmp_path.iterdir()}


def case(case_id: str, image: Path, mask: Path | None = None, patient: str = "") -> Case:
    return Case(case_id, patient or case_id, images={"ct": ImageSource(image, mask)})


def test_different_files_pass(files: dict[str, Path]) -> None:
    cases = [case("a", files["x"]), case("b", files["y"]), case("c", files["longer"])]
    assert list(shared_files(cases)) == []


@pytest.mark.parametrize(
    ("one", "other"), [("x", "copy of x"), ("x", "x"), ("series", "series copy")]
)
def test_the_same_bytes_under_two_patients_are_refused(
    files: dict[str, Path], one: str, other: str
) -> None:
    (finding,) = shared_files([case("a", files[one]), case("b", files[other])])
    assert (finding.code, finding.consequence) == ("IDS-07", "refused")
    assert f"a and b ({one}, {other})" in finding.found


def test_a_shared_mask_is_found_too(files: dict[str, Path]) -> None:
    cases = [case("a", files["y"], files["x"]), case("b", files["longer"], files["copy of x"])]
    (finding,) = shared_files(cases)
    assert finding.found.startswith("1 pairs of patients")


def test_lesions_of_one_patient_may_share_an_image(files: dict[str, Path]) -> None:
    cases = [case("a1", files["x"], patient="a"), case("a2", files["x"], patient="a")]
    assert list(shared_files(cases)) == []


def test_images_in_memory_are_left_alone() -> None:
    volume = Volume(np.zeros((2, 2, 2)), Geometry.of_spacing((2, 2, 2), (1, 1, 1)))
    cases = [Case(name, name, images={"ct": ImageSource(volume)}) for name in "ab"]
    assert list(shared_files(cases)) == []
