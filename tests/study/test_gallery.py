"""Pictures show the right side, the right window and the regions that were measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tumorcast.cohort import Case, Cohort, ImageSource
from tumorcast.imaging import Geometry, Mask, Shell, Volume
from tumorcast.study.gallery import MAX_MEASURED, write_gallery

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


def pet_and_ct(*, ct_mask: bool) -> Case:
    """PET on a grid of its own, 4 mm, hot where the tumour is; CT as in `case`."""
    coarse = Geometry.of_spacing((10, 10, 10), (4.0, 4.0, 4.0))
    z, y, x = np.mgrid[:10, :10, :10] * 4.0
    hot = (z - 20) ** 2 + (y - 12) ** 2 + (x - 28) ** 2 <= 8**2
    pet = Volume(np.where(hot, 5.0, 0.0), coarse, "SUVbw")
    ct = case("c", 8).images["ct"]
    images = {
        "pt": ImageSource(pet, Mask(hot, coarse), "SUVbw"),
        "ct": ImageSource(ct.image, ct.mask if ct_mask else None, "HU"),
    }
    return Case("c", "c", images=images)


def test_pet_lies_over_the_ct_on_the_same_pixels(tmp_path: Path) -> None:
    (path,) = write_gallery(Cohort((pet_and_ct(ct_mask=True),)), (), tmp_path)
    shown = np.load(path, allow_pickle=False)
    assert shown["images"].tolist() == ["ct", "pt"]
    assert shown["windows"].tolist() == ["-160 to 240 HU", "0 to 10 SUV"]
    for plane in ("axial", "coronal", "sagittal"):
        pet, tumor = shown[f"{plane}.pt"], shown[f"{plane}.tumor"]
        assert pet.shape == shown[f"{plane}.ct"].shape == tumor.shape
        assert pet.max() == 128
        hot = np.argwhere(pet > 64).mean(axis=0)
        assert np.abs(hot - np.argwhere(tumor).mean(axis=0)).max() * shown["pixel_mm"] < 1.0


def test_pet_alone_is_dark_on_white(tmp_path: Path) -> None:
    (path,) = write_gallery(Cohort((pet_and_ct(ct_mask=False),)), (), tmp_path)
    shown = np.load(path, allow_pickle=False)
    assert shown["images"].tolist() == ["pt"]
    assert shown["axial.pt"].max() == 255
    assert shown["axial.pt"].min() == 127


def test_the_planes_halve_the_tumour_and_hold_all_of_it(tmp_path: Path) -> None:
    (path,) = write_gallery(Cohort((case("c", 8),)), (), tmp_path)
    shown = np.load(path, allow_pickle=False)
    pixel_mm = float(shown["pixel_mm"])
    for plane in ("axial", "coronal", "sagittal"):
        tumor = shown[f"{plane}.tumor"]
        area_mm2 = tumor.sum() * pixel_mm**2
        assert abs(area_mm2 - np.pi * 8**2) < 0.1 * np.pi * 8**2
        assert not tumor[[0, -1]].any()
        assert not tumor[:, [0, -1]].any()


def test_few_masks_of_a_large_cohort_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    tumor_of = ImageSource.tumor

    def counted(source: ImageSource) -> Mask:
        read.append(1)
        return tumor_of(source)

    monkeypatch.setattr(ImageSource, "tumor", counted)
    cohort = Cohort(tuple(replace(case("c", 4 + i % 3), case_id=f"c{i}") for i in range(200)))
    assert len(write_gallery(cohort, (), tmp_path)) == 3
    assert len(read) <= MAX_MEASURED + 3


def found(folder: Path, kind: str) -> Path:
    return next(folder.glob(f"*__{kind}.nii.gz"))


def test_real_sarcomas_are_shown_with_pet(tmp_path: Path, real_data: Path) -> None:
    cases = []
    for name in ("STS_001", "STS_002", "STS_003"):
        stem = real_data / "sarcoma" / "images" / name
        images = {
            "ct": ImageSource(found(stem, "CT"), found(stem, "CT_mask"), "HU"),
            "pt": ImageSource(found(stem, "PT"), found(stem, "PT_mask"), "SUVbw"),
        }
        cases.append(Case(name, name, images=images))
    written = write_gallery(Cohort(tuple(cases)), (Shell(0, 5),), tmp_path)
    shown = [dict(np.load(path, allow_pickle=False)) for path in written]
    assert len({str(s["case"]) for s in shown}) == 3
    volumes = [float(s["volume_ml"]) for s in shown]
    assert volumes == sorted(volumes, reverse=True)
    assert all(s["images"].tolist() == ["ct", "pt"] for s in shown)
    assert all(path.stat().st_size < 300_000 for path in written)
