"""Pictures show the right side, the right window and the regions that were measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tumorcast.cohort import Case, Cohort, ImageSource
from tumorcast.imaging import Geometry, Mask, Shell, Volume
from tumorcast.study.gallery import write_gallery

GEOMETRY = Geometry.of_spacing((20, 40, 40), (2.0, 1.0, 1.0))


def case(name: str, radius: int) -> Case:
    z, y, x = np.mgrid[:20, :40, :40]
    tumor = ((z - 10) * 2) ** 2 + (y - 12) ** 2 + (x - 28) ** 2 <= radius**2
    image = Volume(np.where(tumor, 240, -160).astype(np.int16), GEOMETRY, "HU")
    return Case(name, name, images={"ct": ImageSource(image, Mask(tumor, GEOMETRY), "HU")})


def test_largest_median_and_smallest_are_shown_with_their_shell(tmp_path: Path) -> None:
    cohort = Cohort(tuple(case(f"c{radius}", radius) for radius in (4, 8, 5)))
    written = write_gallery(cohort, (Shell(0, 5),), tmp_path)
    shown = [dict(np.load(path, allow_pickle=False)) for path in written]
    assert [str(s["case"]) for s in shown] == ["c8", "c5", "c4"]
    assert shown[0]["windows"].tolist() == ["-160 to 240 HU"]
    assert shown[0]["regions"].tolist() == ["tumor", "shell_0_5mm"]
    for plane in ("axial", "coronal", "sagittal"):
        tumor, shell = shown[0][f"{plane}.tumor"], shown[0][f"{plane}.shell_0_5mm"]
        assert tumor.any()
        assert shell.any()
        assert not (tumor & shell).any()
        assert shown[0][f"{plane}.ct"][tumor].min() > 120


def test_the_head_is_up_and_the_right_is_left(tmp_path: Path) -> None:
    z, y, x = np.mgrid[:20, :40, :40]
    tumor = (abs(z - 10) < 3) & (abs(y - 20) < 4) & (abs(x - 20) < 4)
    right_low = np.where(x < 20, 240, -160).astype(np.int16)  # LPS: x grows to the left
    marked = Volume(np.where(z > 10, 240, right_low).astype(np.int16), GEOMETRY, "HU")
    one = Case("c", "c", images={"ct": ImageSource(marked, Mask(tumor, GEOMETRY), "HU")})
    (path,) = write_gallery(Cohort((one,)), (), tmp_path)
    coronal = np.load(path, allow_pickle=False)["coronal.ct"]
    top, bottom = np.array_split(coronal, 2)
    assert top.mean() > bottom.mean()
    left, right = np.array_split(bottom, 2, axis=1)
    assert left.mean() > right.mean()


def test_a_cohort_without_masks_has_no_gallery_and_old_pictures_go(tmp_path: Path) -> None:
    (tmp_path / "0.npz").write_bytes(b"old")
    assert write_gallery(Cohort((Case("c", "c"),)), (), tmp_path) == ()
    assert list(tmp_path.iterdir()) == []
