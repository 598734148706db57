"""Bands by hand, against brute force, at the image's edge and at the skin."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry, Mask, Volume
from tumorcast.imaging.band import band


def pet(mask: Mask) -> Volume:
    return Volume(np.ones(mask.geometry.shape, np.float32), mask.geometry, "SUVbw")


def signed_by_brute_force(inside: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Return the signed distance to the surface; the image is surrounded by outside voxels."""
    wide = np.pad(inside, 1).astype(int)
    between = []
    for axis in range(3):
        first = np.argwhere(np.diff(wide, axis=axis) != 0)
        between.append((first + np.eye(3)[axis] / 2) * spacing_mm)
    surface = np.concatenate(between)
    signed = np.empty(wide.shape)
    for index in np.ndindex(wide.shape):
        distance = np.linalg.norm(surface - np.multiply(index, spacing_mm), axis=1).min()
        signed[index] = -distance if wide[index] else distance
    return signed[1:-1, 1:-1, 1:-1]


@settings(max_examples=40, deadline=None)
@given(
    arrays(bool, (5, 6, 7), elements=st.sampled_from([False, False, True])).filter(np.any),
    st.tuples(*[st.floats(0.5, 5.0)] * 3),
    st.floats(-6.0, 6.0),
    st.floats(0.5, 8.0),
)
def test_bands_are_those_of_brute_force(
    inside: np.ndarray, spacing_mm: tuple[float, float, float], inner_mm: float, width_mm: float
) -> None:
    outer_mm = inner_mm + width_mm
    signed = signed_by_brute_force(inside, spacing_mm)
    on_border = np.minimum(abs(signed - inner_mm), abs(signed - outer_mm)) < 2e-4
    expected = (signed >= inner_mm) & (signed <= outer_mm)
    mask = Mask(inside, Geometry.of_spacing(inside.shape, spacing_mm))
    try:
        found = band(mask, pet(mask), inner_mm, outer_mm)[0].array
    except BadInputError:
        found = np.zeros_like(inside)
    assert np.array_equal(found[~on_border], expected[~on_border])


def test_a_row_of_voxels_by_hand() -> None:
    row = np.zeros((1, 1, 11), dtype=bool)
    row[0, 0, 4:7] = True
    mask = Mask(row, Geometry.of_spacing(row.shape, (2.0, 2.0, 2.0)))

    def where(inner_mm: float, outer_mm: float) -> list[int]:
        found, _ = band(mask, pet(mask), inner_mm, outer_mm)
        return np.flatnonzero(found.array).tolist()

    assert where(0, 1) == [3, 7]
    assert where(0, 2.9) == [3, 7]
    assert where(0, 3) == [2, 3, 7, 8]
    assert where(1, 3) == [2, 8]
    assert where(-inf, 1) == [3, 4, 5, 6, 7]
    assert where(-1, 0) == [4, 5, 6]


def test_a_band_of_nothing_says_so() -> None:
    mask = Mask(np.ones((3, 3, 3), dtype=bool), Geometry.of_spacing((3, 3, 3), (1.0, 1.0, 1.0)))
    with pytest.raises(BadInputError, match=r"REG-01.*between 5 and 6 mm.*\(\d+ before"):
        band(mask, pet(mask), 5, 6)


def test_neighbouring_bands_share_and_lose_no_voxel(ball: Mask) -> None:
    bounds = (-6.0, -3.0, 0.0, 1.5, 5.0)
    pairs = pairwise(bounds)
    parts = [band(ball, pet(ball), inner, outer)[0].array for inner, outer in pairs]
    whole, _ = band(ball, pet(ball), bounds[0], bounds[-1])
    assert np.array_equal(np.sum(parts, axis=0), whole.array.astype(int))


@pytest.mark.parametrize("digits", [2.0, 2.0000001, 1.9999999])
def test_a_header_rounded_elsewhere_gives_the_same_band(digits: float) -> None:
    row = np.zeros((1, 1, 11), dtype=bool)
    row[0, 0, 4:7] = True
    mask = Mask(row, Geometry.of_spacing(row.shape, (digits,) * 3))
    found, _ = band(mask, pet(mask), 1.0, 3.0)
    assert np.flatnonzero(found.array).tolist() == [2, 8]


def test_what_the_image_lacks_is_counted() -> None:
    corner = np.zeros((9, 9, 9), dtype=bool)
    corner[0, 0, 0] = True
    middle = np.zeros((9, 9, 9), dtype=bool)
    middle[4, 4, 4] = True
    geometry = Geometry.of_spacing((9, 9, 9), (1.0, 1.0, 1.0))
    whole, all_kept = band(Mask(middle, geometry), pet(Mask(middle, geometry)), 0, 2)
    part, kept = band(Mask(corner, geometry), pet(Mask(corner, geometry)), 0, 2)
    assert all_kept == 1.0
    assert kept == part.n_voxels / whole.n_voxels


def test_the_cost_does_not_depend_on_the_image(ball: Mask) -> None:
    before, after = (3, 5, 7), (2, 9, 4)
    wide = ball.pad(before, after)
    narrow, _ = band(ball, pet(ball), 0, 5)
    found, _ = band(wide, pet(wide), 0, 5)
    assert found.crop(before, np.add(before, ball.geometry.shape).tolist()) == narrow
    assert found.n_voxels == narrow.n_voxels


def test_skin_ends_a_band_and_the_couch_is_not_tissue(ball: Mask, tissue: Volume) -> None:
    values = np.array(tissue.array)
    skin = ball.bounding_box()[1][1] + 1
    values[:, skin:] = -1000
    values[:, skin + 2 :] = 100
    values[:, -1] = -1000
    image = replace(tissue, array=values)
    found, kept = band(ball, image, 0, 8)
    full, _ = band(ball, tissue, 0, 8)
    expected = full.array.copy()
    expected[:, skin:] = False
    assert np.array_equal(found.array, expected)
    assert kept == expected.sum() / full.n_voxels


def test_pet_has_no_skin(ball: Mask) -> None:
    cold = Volume(np.full(ball.geometry.shape, -1000.0), ball.geometry, "SUVbw")
    _, kept = band(ball, cold, 0, 5)
    assert kept == 1.0


def test_slices_need_not_be_the_first_axis(ball: Mask, tissue: Volume) -> None:
    values = np.array(tissue.array)
    values[:, :, ball.bounding_box()[1][2] + 1 :] = -1000
    image = replace(tissue, array=values)
    upright, kept = band(ball, image, 0, 6)
    turned, kept_turned = band(ball.permute((2, 0, 1)), image.permute((2, 0, 1)), 0, 6)
    assert turned.permute((1, 2, 0)) == upright
    assert 0.5 < kept == kept_turned < 1.0


def test_another_grid_is_refused(ball: Mask) -> None:
    image = pet(ball.crop((1, 0, 0), ball.geometry.shape))
    with pytest.raises(BadInputError, match=r"GEO-04.*match_to_image"):
        band(ball, image, 0, 5)
