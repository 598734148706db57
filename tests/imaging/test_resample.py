"""Interpolation against SimpleITK on the whole image, and what cropping first must not change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tumorcast.imaging import Geometry, Interpolation, Mask, Volume, resample_to
from tumorcast.imaging.itk import simpleitk

INTERPOLATORS = {
    "nearest": "sitkNearestNeighbor",
    "linear": "sitkLinear",
    "bspline": "sitkBSpline",
}


@pytest.fixture(scope="module")
def image() -> Volume:
    values = np.random.default_rng(1).normal(40, 300, (60, 70, 80))
    return Volume(values, Geometry.of_spacing(values.shape, (3.0, 1.3, 1.3), (-50, -40, 10)), "HU")


def by_simpleitk(image: Volume, geometry: Geometry, method: str) -> np.ndarray:
    sitk = simpleitk()
    target = sitk.Image(geometry.shape[::-1], sitk.sitkUInt8)
    target.SetSpacing(geometry.spacing_mm[::-1])
    target.SetOrigin(geometry.origin_mm)
    target.SetDirection(geometry.direction[:, ::-1].ravel().tolist())
    interpolator = getattr(sitk, INTERPOLATORS[method])
    whole: Any = image.to_sitk()
    values: np.ndarray = sitk.GetArrayFromImage(
        sitk.Resample(whole, target, sitk.Transform(), interpolator, -1000.0)
    )
    return values


def small_target(image: Volume) -> Geometry:
    start, stop = (25, 30, 35), (35, 40, 48)
    return image.geometry.crop(start, stop).with_spacing((1.01, 0.97, 0.97))


@pytest.mark.parametrize("method", INTERPOLATORS)
def test_cropping_first_changes_no_value(image: Volume, method: Interpolation) -> None:
    target = small_target(image)
    found = resample_to(image, target, method)
    assert found.geometry == target
    assert found.unit == "HU"
    np.testing.assert_allclose(found.array, by_simpleitk(image, target, method), atol=1e-9)


@pytest.mark.parametrize("method", INTERPOLATORS)
def test_beyond_the_image_there_is_air(image: Volume, method: Interpolation) -> None:
    target = image.geometry.pad((3, 4, 5), (3, 4, 5)).with_spacing((4.0, 2.0, 2.0))
    found = resample_to(image, target, method)
    np.testing.assert_allclose(found.array, by_simpleitk(image, target, method), atol=1e-9)
    assert found.array[0, 0, 0] == -1000.0
    assert resample_to(image, target, method, outside=7.0).array[0, 0, 0] == 7.0
    pet = replace(image, unit="SUVbw")
    assert resample_to(pet, target, method).array[0, 0, 0] == 0.0


@pytest.mark.parametrize("method", INTERPOLATORS)
def test_the_same_grid_gives_the_same_values(image: Volume, method: Interpolation) -> None:
    part = image.crop((10, 10, 10), (30, 30, 30))
    np.testing.assert_allclose(
        resample_to(part, part.geometry, method).array, part.array, rtol=1e-9, atol=1e-6
    )


def test_a_target_that_sees_nothing_is_filled(image: Volume) -> None:
    far = Geometry.of_spacing((2, 3, 4), (1.0, 1.0, 1.0), (9000.0, 0.0, 0.0))
    assert (resample_to(image, far).array == -1000.0).all()


def test_interpolated_values_are_floats_and_nearest_ones_keep_their_type(image: Volume) -> None:
    whole = replace(image, array=image.array.astype(np.int16))
    target = small_target(image)
    assert resample_to(whole, target).array.dtype == np.float32
    assert resample_to(whole, target, "bspline").array.dtype == np.float32
    assert resample_to(whole, target, "nearest").array.dtype == np.int16
    assert resample_to(image, target).array.dtype == np.float64


def test_linear_is_exact_on_a_plane() -> None:
    geometry = Geometry.of_spacing((9, 9, 9), (2.0, 2.0, 2.0))
    points = geometry.index_to_lps(np.moveaxis(np.indices(geometry.shape), 0, -1))
    plane = Volume(points @ [1.0, 2.0, 3.0], geometry)
    target = Geometry.of_spacing((5, 5, 5), (0.7, 0.7, 0.7), (4.1, 4.2, 4.3))
    expected = target.index_to_lps(np.moveaxis(np.indices(target.shape), 0, -1)) @ [1.0, 2.0, 3.0]
    np.testing.assert_allclose(resample_to(plane, target, "linear").array, expected, rtol=1e-12)


def test_masks_take_the_nearest_voxel_or_one_half(ball: Mask) -> None:
    fine = ball.geometry.with_spacing((1.0, 1.0, 1.0))
    nearest, linear = resample_to(ball, fine), resample_to(ball, fine, "linear")
    assert nearest == resample_to(ball, fine, "nearest")
    for mask in (nearest, linear):
        assert mask.geometry == fine
        assert mask.name == "tumor"
        assert mask.volume_mm3 == pytest.approx(ball.volume_mm3, rel=0.03)
    soft = Volume(ball.array.astype(np.float64), ball.geometry)
    assert np.array_equal(linear.array, resample_to(soft, fine).array >= 0.5 - 1e-6)


def test_masks_are_not_splined(ball: Mask) -> None:
    with pytest.raises(ValueError, match="not by B-splines"):
        resample_to(ball, ball.geometry, "bspline")


def test_another_frame_of_reference_is_refused(image: Volume) -> None:
    one = replace(image, geometry=replace(image.geometry, frame_of_reference="1.2"))
    with pytest.raises(ValueError, match=r"1\.2 to 1\.3: register"):
        resample_to(one, replace(image.geometry, frame_of_reference="1.3"))
