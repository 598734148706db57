"""Interpolation and re-segmentation."""

from __future__ import annotations

import numpy as np
import pytest

from tumorcast.errors import BadInputError
from tumorcast.radiomics.ibsi import Config
from tumorcast.radiomics.ibsi.region import Region, interpolate, resegment


def region_of(image: np.ndarray, spacing_mm: tuple[float, float, float] = (1, 1, 1)) -> Region:
    mask = np.ones(image.shape, bool)
    return Region(image.astype(np.float64), mask, mask, spacing_mm)


def test_the_new_grid_has_the_old_grids_centre() -> None:
    # Five voxels of 1 mm become three of 2 mm, centred at 0, 2 and 4.
    ramp = region_of(np.arange(5.0).reshape(1, 1, 5))
    coarse = interpolate(ramp, Config(spacing_mm=(None, None, 2)))
    assert coarse.image.ravel().tolist() == [0.0, 2.0, 4.0]
    # Four voxels become two, centred at 0.5 and 2.5.
    ramp = region_of(np.arange(4.0).reshape(1, 1, 4))
    assert interpolate(ramp, Config(spacing_mm=(None, None, 2))).values.tolist() == [0.5, 2.5]


@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
def test_a_constant_stays_constant(interpolation: str) -> None:
    region = region_of(np.full((3, 4, 5), 7.0), (3, 1, 1))
    config = Config(spacing_mm=(1, 1.3, 0.7), interpolation=interpolation)  # type: ignore[arg-type]
    assert np.allclose(interpolate(region, config).image, 7.0, rtol=1e-12)


def test_half_a_voxel_of_mask_is_mask() -> None:
    image = np.zeros((1, 1, 4))
    mask = np.array([[[True, False, False, False]]])
    half = interpolate(Region(image, mask, mask, (1, 1, 1)), Config(spacing_mm=(None, None, 2)))
    assert half.morphological.ravel().tolist() == [True, False]


def test_intensities_are_rounded_only_where_asked() -> None:
    region = region_of(np.array([[[0.0, 1.0, 1.0, 3.0]]]))
    spacing = (None, None, 0.75)
    plain = interpolate(region, Config(spacing_mm=spacing))
    rounded = interpolate(region, Config(spacing_mm=spacing, round_intensities=True))
    assert (plain.image != np.rint(plain.image)).any()
    assert rounded.image.tolist() == np.rint(plain.image).tolist()


def test_resegmentation_changes_the_intensity_mask_alone() -> None:
    image = np.array([[[-600.0, -500.0, 0.0, 400.0, 401.0]]])
    region = resegment(region_of(image), Config(intensity_range=(-500, 400)))
    assert region.values.tolist() == [-500.0, 0.0, 400.0]
    assert region.morphological.all()


def test_outliers_are_sought_within_the_range() -> None:
    # With 10000 the deviation is so large that 50 is none; without it, 50 is one.
    image = np.concatenate([np.zeros(20), [50.0, 10000.0]]).reshape(1, 1, -1)
    config = Config(intensity_range=(None, 1000), outlier_sigma=3)
    assert resegment(region_of(image), config).values.max() == 0.0


def test_a_range_without_voxels_is_refused() -> None:
    with pytest.raises(BadInputError, match="IBS-04"):
        resegment(region_of(np.zeros((1, 2, 2))), Config(intensity_range=(10, 20)))
