"""Masks on other grids: repaired in the same place, refused elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Geometry, Mask, match_to_image

BALL = "20 x 40 x 40 voxels of 3 x 1.5 x 1.5"
"""The grid of the ball, as a finding writes it."""


def shifted(mask: Mask, offset_mm: tuple[float, float, float]) -> Mask:
    origin = np.add(mask.geometry.origin_mm, offset_mm)
    geometry = Geometry.of_spacing(mask.geometry.shape, mask.geometry.spacing_mm, origin.tolist())
    return replace(mask, geometry=geometry)


def test_the_same_grid_is_left_alone(ball: Mask) -> None:
    matched, finding = match_to_image(ball, ball.geometry)
    assert matched is ball
    assert finding is None


def test_rounding_of_a_header_is_no_shift(ball: Mask) -> None:
    matched, finding = match_to_image(shifted(ball, (1e-5, 0, 0)), ball.geometry)
    assert matched == ball
    assert finding is None


def test_a_mask_without_frame_of_reference_takes_the_image_s(ball: Mask) -> None:
    image = replace(ball.geometry, frame_of_reference="1.2")
    matched, finding = match_to_image(ball, image)
    assert matched.geometry == image
    assert finding is None


@pytest.mark.parametrize("shift_mm", [0.01, 0.75, 1.5, 30.0])
def test_a_shift_is_refused_however_small(ball: Mask, shift_mm: float) -> None:
    with pytest.raises(BadInputError, match=rf"MSK-08.*up to {shift_mm:g} mm.*lost its position"):
        match_to_image(shifted(ball, (shift_mm, 0, 0)), ball.geometry)


def test_a_lost_spacing_is_refused(ball: Mask) -> None:
    lost = replace(ball, geometry=Geometry.of_spacing(ball.geometry.shape, (1.0, 1.0, 1.0)))
    with pytest.raises(BadInputError, match="MSK-08"):
        match_to_image(lost, ball.geometry)


def repaired(drawn_on: str, volumes: str) -> Finding:
    """Return what is said of a mask that came from another grid to that of the ball."""
    return Finding(
        "MSK-09",
        "repaired",
        f"the mask was drawn on {drawn_on} mm (z, y, x), the image has {BALL} mm (z, y, x); "
        f"taking the nearest voxel changed its volume from {volumes} cc",
        "mask and image on one grid",
        "nothing to do, or draw the mask on the image itself",
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_another_order_of_the_axes_is_exact(ball: Mask, axis: int) -> None:
    matched, finding = match_to_image(ball.flip(axis).permute((1, 2, 0)), ball.geometry)
    assert matched == ball
    assert finding == repaired("40 x 40 x 20 voxels of 1.5 x 1.5 x 3", "3.13 to 3.13")


def test_a_cropped_mask_is_put_back(ball: Mask) -> None:
    start, stop = ball.bounding_box()
    matched, finding = match_to_image(ball.crop(start, stop), ball.geometry)
    assert matched == ball
    assert finding == repaired("6 x 12 x 12 voxels of 3 x 1.5 x 1.5", "3.13 to 3.13")


def test_a_mask_of_another_spacing_takes_the_nearest_voxel(ball: Mask) -> None:
    fine = ball.geometry.with_spacing((1.1, 1.1, 1.1))
    matched, finding = match_to_image(ball, fine)
    assert matched.geometry == fine
    points = fine.index_to_lps(np.moveaxis(np.indices(fine.shape), 0, -1))
    nearest = np.rint(ball.geometry.lps_to_index(points)).astype(int)
    inside = np.minimum(nearest, np.asarray(ball.geometry.shape) - 1)
    assert np.array_equal(matched.array, ball.array[tuple(np.moveaxis(inside, -1, 0))])
    assert finding is not None
    assert f"drawn on {BALL} mm (z, y, x), the image has 55 x 55 x 55 voxels" in finding.found


def test_a_mask_that_leaves_the_image_is_refused(ball: Mask) -> None:
    middle = ball.geometry.shape[2] // 2
    half = ball.geometry.crop((0, 0, 0), (*ball.geometry.shape[:2], middle))
    with pytest.raises(BadInputError, match=r"MSK-08.*50\.0% of the mask within the image"):
        match_to_image(ball, half)


def test_one_percent_may_leave_the_image(ball: Mask) -> None:
    array = np.zeros((1, 1, 400), dtype=bool)
    array[0, 0, :200] = True
    mask = Mask(array, Geometry.of_spacing(array.shape, (1.0, 1.0, 1.0)))
    for first, accepted in ((2, True), (3, False)):
        image = mask.geometry.crop((0, 0, first), array.shape)
        if accepted:
            assert match_to_image(mask, image)[0].n_voxels == 198
        else:
            with pytest.raises(BadInputError, match=r"MSK-08.*98\.5%"):
                match_to_image(mask, image)


def test_another_frame_of_reference_is_refused(ball: Mask) -> None:
    one = replace(ball, geometry=replace(ball.geometry, frame_of_reference="1.2"))
    with pytest.raises(BadInputError, match=r"MSK-08.*1\.2, the image has 1\.3"):
        match_to_image(one, replace(ball.geometry, frame_of_reference="1.3"))


def test_empty_masks_are_refused(ball: Mask) -> None:
    empty = replace(ball, array=np.zeros_like(ball.array))
    with pytest.raises(BadInputError, match="MSK-02"):
        match_to_image(empty, ball.geometry)


def test_a_mask_that_falls_between_voxels_is_refused() -> None:
    array = np.zeros((9, 9, 9), dtype=bool)
    array[4, 4, 4] = True
    mask = Mask(array, Geometry.of_spacing(array.shape, (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)))
    image = Geometry.of_spacing((3, 3, 3), (10.0, 10.0, 10.0))
    with pytest.raises(BadInputError, match=r"MSK-02.*no voxel of its image's grid"):
        match_to_image(mask, image)
