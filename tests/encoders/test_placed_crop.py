"""Crops at random places of the body, of scans on which nothing was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.cohort import Case, ImageSource
from tumorcast.encoders import CropExtractor, PlacedCrop
from tumorcast.imaging import Geometry, Volume

CROP = CropExtractor("ct", size_voxels=8, spacing_mm=2.0, window=(-100.0, 100.0), margin_mm=0)


@pytest.fixture(scope="module")
def case() -> Case:
    """Return a patient of 50 HU, 16 voxels thick, in the middle of air."""
    array = np.full((32, 32, 32), -1000, dtype=np.int16)
    array[:, 8:24, 8:24] = 50
    volume = Volume(array, Geometry.of_spacing(array.shape, (2.0, 2.0, 2.0)), "HU")
    return Case("a", "a", images={"ct": ImageSource(volume, unit="HU")})


def test_every_place_lies_in_the_body_and_is_the_same_again(case: Case) -> None:
    crops = [PlacedCrop(CROP, place).extract(case) for place in range(12)]
    for crop in crops:
        assert crop.shape == (2, 8, 8, 8)
        assert crop.dtype == np.float16
        assert crop[0, 4, 4, 4] == pytest.approx(0.75, abs=0.01) or crop[0, 3, 3, 3] == 0.75
        assert not crop[1].any()
    assert len({crop.tobytes() for crop in crops}) > 3
    assert np.array_equal(PlacedCrop(CROP, 3).extract(case), crops[3])


def test_an_image_without_body_is_body(case: Case) -> None:
    volume = case.images["ct"].volume()
    air = Volume(np.full_like(volume.array, -1000), volume.geometry, "HU")
    crop = PlacedCrop(CROP, 0).extract(Case("b", "b", images={"ct": ImageSource(air)}))
    assert not crop.any()


def test_it_is_kept_by_the_image_the_crop_and_the_place(case: Case) -> None:
    one = PlacedCrop(CROP, 0)
    assert one.parameters() != PlacedCrop(CROP, 1).parameters()
    assert one.input_digest(case) == case.images["ct"].digest()
    assert one.version.endswith(CROP.version)
