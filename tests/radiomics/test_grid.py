"""Resampling, against ITK's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tumorcast.radiomics import grid
from tumorcast.radiomics.inputs import Frame
from tumorcast.radiomics.itk import sitk

GRIDS = [
    ((20, 90, 100), (3.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
    ((40, 45, 50), (3.27, 0.9765625, 0.9765625), (1.0, 1.0, 1.0)),
    ((12, 50, 60), (6.5, 0.78125, 0.78125), (2.0, 1.0, 1.0)),
    ((10, 16, 17), (2.0, 0.5, 0.5), (1.0, 1.0, 1.0)),
]


def image_of(
    array: np.ndarray[Any, Any], spacing_mm: tuple[float, float, float], *, flipped: bool
) -> Any:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing_mm[::-1])
    image.SetOrigin((-112.3, 17.22, 91.1))
    if flipped:
        image.SetDirection((-1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0))
    return image


def middle_of(shape: tuple[int, ...]) -> grid.BoxXyz:
    size = np.array(shape[::-1])
    return size // 4, size // 2


@pytest.mark.parametrize(("shape", "spacing_mm", "new_mm"), GRIDS)
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("flipped", [False, True])
def test_splines_and_nearest_voxels_are_itks(
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    new_mm: tuple[float, float, float],
    dtype: type[np.generic],
    flipped: bool,
) -> None:
    rng = np.random.default_rng(3)
    array = rng.normal(100, 30, shape).clip(0, 250).astype(dtype)
    # In a constant part the true value is a whole number and rounding decides what truncation
    # makes of it.
    array[:, : shape[1] // 3] = np.asarray(37).astype(dtype)
    image = image_of(array, spacing_mm, flipped=flipped)
    frame = Frame.of_image(image)
    target = grid.resampling_grid(shape, frame, middle_of(shape), np.array(new_mm[::-1]), 30)
    for name in ("sitkBSpline", "sitkNearestNeighbor"):
        resampling = grid.Resampling(shape, frame, target, name)
        found = resampling.resampled(array[resampling.part])
        interpolator = getattr(sitk, name)
        judged = sitk.Resample(image, target, sitk.Transform(), interpolator, 0, image.GetPixelID())
        expected = sitk.GetArrayFromImage(judged)
        assert found.dtype == expected.dtype
        if np.issubdtype(dtype, np.integer) or name == "sitkNearestNeighbor":
            np.testing.assert_array_equal(found, expected)
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_oblique_grids_are_left_to_itk() -> None:
    array = np.random.default_rng(0).normal(0, 100, (12, 20, 20)).astype(np.int16)
    image = image_of(array, (2.0, 1.0, 1.0), flipped=False)
    turn = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)
    image.SetDirection(turn)
    frame = Frame.of_image(image)
    target = grid.resampling_grid(
        array.shape, frame, middle_of(array.shape), np.array([1.0, 1.0, 1.0]), 5
    )
    resampling = grid.Resampling(array.shape, frame, target, "sitkBSpline")
    assert resampling.positions is None
    expected = sitk.Resample(image, target, sitk.Transform(), sitk.sitkBSpline, 0)
    found = resampling.resampled(array[resampling.part])
    np.testing.assert_array_equal(found, sitk.GetArrayFromImage(expected))


def test_a_spline_looks_at_the_surroundings_only() -> None:
    array = np.random.default_rng(5).normal(0, 300, (150, 160, 170)).astype(np.int16)
    frame = Frame.of_image(image_of(array, (1.1, 0.9, 0.9), flipped=False))
    box = (np.array([80, 75, 70]), np.array([5, 5, 5]))
    target = grid.resampling_grid(array.shape, frame, box, np.array([1.0, 1.0, 1.0]), 3)
    resampling = grid.Resampling(array.shape, frame, target, "sitkBSpline")
    found = resampling.resampled(array[resampling.part])
    assert array[resampling.part].size < array.size / 2
    elsewhere = np.full_like(array, -1000)
    elsewhere[resampling.part] = array[resampling.part]
    image = frame.image_of(elsewhere)
    expected = sitk.Resample(image, target, sitk.Transform(), sitk.sitkBSpline, 0)
    np.testing.assert_array_equal(found, sitk.GetArrayFromImage(expected))
