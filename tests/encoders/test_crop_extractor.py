"""Crops: where they lie, what their values are, and that they cost what a crop costs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.cohort import Case, ImageSource
from tumorcast.encoders import CropExtractor
from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, Volume, write_mask, write_volume

SHAPE = (20, 24, 28)
EXTRACTOR = CropExtractor("ct", size_voxels=8, spacing_mm=2.0, window=(-100.0, 100.0))


def case_of(volume: Volume, mask: NDArray[np.bool_]) -> Case:
    tumor = Mask(mask, volume.geometry)
    return Case("a", "a", images={"ct": ImageSource(volume, tumor, unit="HU")})


def box_mask(start: tuple[int, int, int], stop: tuple[int, int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))] = True
    return mask


def ramp(geometry: Geometry) -> Volume:
    """Return an image whose value is 1 HU a mm along each of x, y and z."""
    index = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    return Volume(geometry.index_to_lps(index).sum(axis=-1), geometry, "HU")


def test_same_spacing_takes_the_voxels_as_they_are() -> None:
    volume = ramp(Geometry.of_spacing(SHAPE, (2, 2, 2), (-30, -20, -10)))
    crop = EXTRACTOR.extract(case_of(volume, box_mask((8, 9, 10), (12, 13, 14))))
    assert crop.shape == (2, 8, 8, 8)
    assert crop.dtype == np.float16
    expected = (volume.array[6:14, 7:15, 8:16] + 100) / 200
    assert crop[0] == pytest.approx(expected, abs=1e-3)
    inside = np.zeros((8, 8, 8))
    inside[2:6, 2:6, 2:6] = 1
    assert np.array_equal(crop[1], inside)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 1.0, 1.0), (4.0, 3.0, 2.5)])
def test_a_linear_image_stays_linear_on_any_grid(spacing: tuple[float, float, float]) -> None:
    shape = tuple(int(80 / step) for step in spacing)
    volume = ramp(Geometry.of_spacing(shape, spacing, (-40, -40, -40)))
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(slice(size // 2 - 4, size // 2 + 4) for size in shape)] = True
    case = case_of(volume, mask)
    grid = EXTRACTOR.grid(case.images["ct"].tumor())
    expected = (ramp(grid).array + 100) / 200
    assert EXTRACTOR.extract(case)[0] == pytest.approx(expected, abs=1e-3)


def test_the_array_order_of_the_scanner_does_not_matter() -> None:
    random = np.random.default_rng(0)
    geometry = Geometry.of_spacing(SHAPE, (3, 1, 1), (5, 6, 7))
    volume = Volume(random.normal(0, 50, SHAPE), geometry, "HU")
    mask = box_mask((8, 9, 10), (12, 14, 17))
    case = case_of(volume, mask)
    turned = volume.flip(0).flip(2).permute((2, 0, 1))
    tumor = Mask(mask, geometry).flip(0).flip(2).permute((2, 0, 1))
    other = replace(case, images={"ct": ImageSource(turned, tumor, unit="HU")})
    assert EXTRACTOR.extract(other) == pytest.approx(EXTRACTOR.extract(case), abs=1e-3)


def test_outside_the_image_is_the_lower_end_of_the_window() -> None:
    volume = Volume(np.full(SHAPE, 100.0), Geometry.of_spacing(SHAPE, (2, 2, 2)), "HU")
    crop = EXTRACTOR.extract(case_of(volume, box_mask((0, 10, 10), (2, 12, 12))))
    assert np.all(crop[0, :3] == 0)
    assert np.all(crop[0, 3:] == 1)


def test_values_are_cut_to_the_window_before_they_are_mixed() -> None:
    array = np.zeros(SHAPE)
    array[9, 12, 14] = 1e5
    volume = Volume(array, Geometry.of_spacing(SHAPE, (1, 1, 1)), "HU")
    crop = EXTRACTOR.extract(case_of(volume, box_mask((6, 9, 11), (12, 15, 17))))
    assert crop[0].min() == 0.5
    assert 0.5 < crop[0].max() <= 0.75


def test_a_coarser_cube_averages_fine_noise_instead_of_picking_voxels() -> None:
    """Of white noise, a value picked by linear interpolation keeps more than half the spread."""
    noise = np.random.default_rng(0).normal(0, 20, (64, 64, 64))
    volume = Volume(noise, Geometry.of_spacing(noise.shape, (1, 1, 1)), "HU")
    mask = np.zeros(noise.shape, dtype=bool)
    mask[28:36, 28:36, 28:36] = True
    coarse = CropExtractor("ct", size_voxels=16, spacing_mm=3.0, window=(-100.0, 100.0))
    assert coarse.extract(case_of(volume, mask))[0].astype(float).std() * 200 < 0.2 * 20


def test_a_larger_tumor_is_cut_at_the_same_spacing_and_said_so() -> None:
    volume = Volume(np.zeros(SHAPE), Geometry.of_spacing(SHAPE, (2, 2, 2)), "HU")
    case = case_of(volume, box_mask((2, 8, 10), (18, 16, 18)))
    assert np.all(EXTRACTOR.extract(case)[1] == 1)
    assert EXTRACTOR.kept_fraction(case) == 0.5
    assert EXTRACTOR.kept_fraction(case_of(volume, box_mask((8, 9, 10), (12, 13, 14)))) == 1.0


def test_voxels_far_away_do_not_matter_and_are_not_looked_at() -> None:
    array = np.random.default_rng(1).normal(0, 50, (60, 60, 60))
    geometry = Geometry.of_spacing(array.shape, (1, 1, 1))
    mask = np.zeros(array.shape, dtype=bool)
    mask[27:33, 27:33, 27:33] = True
    near = EXTRACTOR.extract(case_of(Volume(array, geometry, "HU"), mask))
    poisoned = array.copy()
    poisoned[:15] = np.nan
    assert np.array_equal(near, EXTRACTOR.extract(case_of(Volume(poisoned, geometry, "HU"), mask)))


def test_a_voxel_without_a_number_near_the_tumor_is_refused() -> None:
    array = np.zeros(SHAPE)
    array[10, 12, 14] = np.nan
    volume = Volume(array, Geometry.of_spacing(SHAPE, (2, 2, 2)), "HU")
    with pytest.raises(BadInputError, match=r"IMG-06.*1 voxels without a number"):
        EXTRACTOR.extract(case_of(volume, box_mask((8, 9, 10), (12, 13, 14))))


def test_a_tumor_that_the_grid_cannot_show_is_refused() -> None:
    volume = Volume(np.zeros(SHAPE), Geometry.of_spacing(SHAPE, (2, 2, 2)), "HU")
    mask = box_mask((1, 1, 1), (2, 2, 2)) | box_mask((18, 22, 26), (19, 23, 27))
    with pytest.raises(BadInputError, match=r"CRP-01.*no voxel of the crop of 'ct'"):
        EXTRACTOR.extract(case_of(volume, mask))


def test_tissue_beyond_the_margin_is_blanked_and_margin_0_leaves_the_tumor_alone() -> None:
    volume = Volume(np.full(SHAPE, 100.0), Geometry.of_spacing(SHAPE, (2, 2, 2)), "HU")
    case = case_of(volume, box_mask((9, 11, 13), (11, 13, 15)))
    alone, mask = replace(EXTRACTOR, margin_mm=0.0).extract(case)
    assert np.array_equal(alone, mask)
    # The tumour is voxels 3 and 4 and its surface half-way to 2 and 5, which are 1 mm from it.
    near = replace(EXTRACTOR, margin_mm=1.5).extract(case)[0, 3, 3]
    assert near.tolist() == [0, 0, 1, 1, 1, 1, 0, 0]
    farther = replace(EXTRACTOR, margin_mm=3.5).extract(case)[0, 3, 3]
    assert farther.tolist() == [0, 1, 1, 1, 1, 1, 1, 0]
    assert np.all(EXTRACTOR.extract(case)[0] == 1)


def test_crops_on_one_image_lie_on_one_grid() -> None:
    ct = ramp(Geometry.of_spacing(SHAPE, (2, 2, 2), (-30, -20, -10)))
    pt = replace(ramp(Geometry.of_spacing((10, 12, 14), (4, 4, 4), (-30, -20, -10))), unit="SUVbw")
    drawn = Mask(box_mask((8, 9, 10), (12, 13, 14)), ct.geometry)
    other = np.zeros((10, 12, 14), dtype=bool)
    other[6:8, 6:8, 6:8] = True
    images = {
        "ct": ImageSource(ct, drawn, unit="HU"),
        "pt": ImageSource(pt, Mask(other, pt.geometry), unit="SUVbw"),
    }
    case = Case("a", "a", images=images)
    extractor = replace(EXTRACTOR, image="pt", grid_of="ct")
    assert extractor.extract(case) == pytest.approx(EXTRACTOR.extract(case), abs=1e-3)
    undrawn = replace(case, images={**images, "pt": ImageSource(pt, unit="SUVbw")})
    assert np.array_equal(extractor.extract(undrawn), extractor.extract(case))
    alone = replace(case, images={"pt": images["pt"]})
    own = replace(EXTRACTOR, image="pt")
    assert np.array_equal(extractor.extract(alone), own.extract(alone))
    digests = {extractor.input_digest(c) for c in (case, alone)} | {own.input_digest(case)}
    assert len(digests) == 2


def test_a_crop_on_an_image_in_another_space_is_refused() -> None:
    here = Volume(np.zeros(SHAPE), Geometry.of_spacing(SHAPE, (2, 2, 2)), "HU")
    there = replace(here, geometry=replace(here.geometry, frame_of_reference="1.2.3"))
    elsewhere = replace(here, geometry=replace(here.geometry, frame_of_reference="1.2.4"))
    drawn = Mask(box_mask((8, 9, 10), (12, 13, 14)), there.geometry)
    images = {"ct": ImageSource(there, drawn), "pt": ImageSource(elsewhere)}
    with pytest.raises(BadInputError, match=r"CRP-02.*'pt' and 'ct'.*register the images"):
        replace(EXTRACTOR, image="pt", grid_of="ct").extract(Case("a", "a", images=images))


def test_a_case_without_the_image_or_without_a_mask_is_refused() -> None:
    volume = Volume(np.zeros(SHAPE), Geometry.of_spacing(SHAPE, (2, 2, 2)), "HU")
    with pytest.raises(BadInputError, match="IMG-01"):
        EXTRACTOR.extract(Case("a", "a"))
    with pytest.raises(BadInputError, match="MSK-01"):
        EXTRACTOR.extract(Case("a", "a", images={"ct": ImageSource(volume)}))


def test_a_window_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="from low to high, not from 240 to -160"):
        CropExtractor("ct", 48, 2.0, window=(240.0, -160.0))


def test_files_and_memory_give_the_same_crop_and_the_digest_follows_the_bytes(
    tmp_path: Path,
) -> None:
    array = np.random.default_rng(2).normal(0, 50, SHAPE).astype(np.float32)
    volume = Volume(array, Geometry.of_spacing(SHAPE, (3, 1, 1)), "HU")
    case = case_of(volume, box_mask((8, 9, 10), (12, 14, 17)))
    write_volume(volume, tmp_path / "ct.nii.gz")
    write_mask(case.images["ct"].tumor(), tmp_path / "mask.nii.gz")
    source = ImageSource(tmp_path / "ct.nii.gz", tmp_path / "mask.nii.gz", unit="HU")
    on_disk = replace(case, images={"ct": source})
    assert EXTRACTOR.extract(on_disk) == pytest.approx(EXTRACTOR.extract(case), abs=1e-3)

    before = EXTRACTOR.input_digest(on_disk)
    write_volume(replace(volume, array=array + 1), tmp_path / "ct.nii.gz")
    assert EXTRACTOR.input_digest(on_disk) != before


def test_every_setting_is_part_of_the_identity() -> None:
    given = json.dumps(EXTRACTOR.parameters())
    others = [
        replace(EXTRACTOR, image="pt"),
        replace(EXTRACTOR, size_voxels=16),
        replace(EXTRACTOR, spacing_mm=1.0),
        replace(EXTRACTOR, window=(0.0, 1.0)),
        replace(EXTRACTOR, margin_mm=5.0),
        replace(EXTRACTOR, grid_of="pt"),
    ]
    assert given not in {json.dumps(other.parameters()) for other in others}


@pytest.mark.real_data
@pytest.mark.parametrize(("image", "window"), [("CT", (-160.0, 240.0)), ("PT", (0.0, 20.0))])
def test_crop_of_a_real_sarcoma(real_data: Path, image: str, window: tuple[float, float]) -> None:
    stem = real_data / "sarcoma" / "images" / "STS_002"
    files = {path.name.split("__")[1]: path for path in stem.glob("*.nii.gz")}
    source = ImageSource(files[f"{image}.nii.gz"], files[f"{image}_mask.nii.gz"])
    case = Case("STS_002", "STS_002", images={"x": source})
    extractor = CropExtractor("x", 48, 2.0, window)
    crop = extractor.extract(case).astype(np.float64)
    volume, tumor = source.volume().array, source.tumor()
    assert extractor.kept_fraction(case) == 1.0
    assert crop[1].sum() * 8.0 == pytest.approx(tumor.volume_mm3, rel=0.03)
    expected = (np.clip(volume, *window)[tumor.array].mean() - window[0]) / (window[1] - window[0])
    assert crop[0][crop[1] > 0].mean() == pytest.approx(expected, abs=0.02)
