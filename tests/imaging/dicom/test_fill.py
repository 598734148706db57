"""The fill rule on shapes whose voxels can be counted by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from tumorcast.imaging.dicom.fill import filled


def box(top: float, left: float, bottom: float, right: float) -> NDArray[np.float64]:
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left]])


def test_centres_within_an_outline_are_inside() -> None:
    inside = filled([box(0.5, 1.5, 3.5, 4.5)], (6, 7))
    assert np.argwhere(inside).min(axis=0).tolist() == [1, 2]
    assert np.argwhere(inside).max(axis=0).tolist() == [3, 4]
    assert inside.sum() == 9


def test_centres_on_an_outline_belong_to_the_region_around_a_hole_too() -> None:
    inside = filled([box(1, 1, 7, 8), box(3, 3, 5, 6)], (9, 10))
    expected = np.zeros((9, 10), dtype=bool)
    expected[1:8, 1:9] = True
    expected[4, 4:6] = False
    assert np.array_equal(inside, expected)


def test_outlines_through_centres_that_were_rounded_count_as_well() -> None:
    inside = filled([box(1.000004, 0.999996, 3.999996, 4.000004)], (6, 7))
    assert inside.sum() == 4 * 4


def test_a_bridge_between_two_islands_that_is_walked_twice_vanishes() -> None:
    left, right = box(1, 1, 3, 3), box(1, 7, 3, 9)
    bridged = np.concatenate([left[:1], right, right[:1], left[:1], left[1:]])
    inside = filled([bridged], (5, 11))
    assert np.array_equal(inside, filled([left], (5, 11)) | filled([right], (5, 11)))
    assert inside.sum() == 18


def test_holes_and_islands_by_exclusive_or() -> None:
    outlines = [box(0.5, 0.5, 9.5, 9.5), box(2.5, 2.5, 7.5, 7.5), box(4.5, 4.5, 5.5, 5.5)]
    inside = filled(outlines, (11, 11))
    assert inside.sum() == 81 - 25 + 1
    assert inside[5, 5]
    assert not inside[4, 4]


def test_a_keyhole_is_a_hole() -> None:
    outer, inner = box(0.5, 0.5, 9.5, 9.5), box(2.5, 2.5, 7.5, 7.5)[::-1]
    keyhole = np.concatenate([outer, outer[:1], inner, inner[:1]])
    assert filled([keyhole], (11, 11)).sum() == 81 - 25


def test_outlines_beyond_the_image_are_cut() -> None:
    assert filled([box(-3.5, -2.5, 1.5, 20.5)], (4, 5)).sum() == 10
    assert filled([np.empty((0, 2))], (4, 5)).sum() == 0


def test_a_disc_has_its_area() -> None:
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    disc = 50 + 40.3 * np.column_stack([np.sin(angle), np.cos(angle)])
    rows, columns = np.indices((101, 101))
    truth = (rows - 50) ** 2 + (columns - 50) ** 2 < 40.3**2
    assert np.array_equal(filled([disc], (101, 101)), truth)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_any_set_of_voxels_comes_back_from_its_outlines(voxels: NDArray[np.bool_]) -> None:
    outlines = [box(r - 0.5, c - 0.5, r + 0.5, c + 0.5) for r, c in np.argwhere(voxels)]
    assert np.array_equal(filled(outlines, (voxels.shape[0], voxels.shape[1])), voxels)


def test_an_outline_through_centres_on_one_row_only_takes_them() -> None:
    triangle = np.array([[1.0, 0.4], [1.0, 6.6], [4.2, 3.5]])
    assert filled([triangle], (6, 8))[1].tolist() == [False, *[True] * 6, False]
    assert filled([triangle + np.array([0.1, 0])], (6, 8))[1].sum() == 0
