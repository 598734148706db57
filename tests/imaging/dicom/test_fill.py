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


def test_boxes_that_share_an_edge_share_no_voxel_and_miss_none() -> None:
    left, right = filled([box(1, 1, 4, 3)], (6, 7)), filled([box(1, 3, 4, 5)], (6, 7))
    assert not (left & right).any()
    assert np.array_equal(left | right, filled([box(1, 1, 4, 5)], (6, 7)))
    assert np.argwhere(left).tolist() == [[r, c] for r in (1, 2, 3) for c in (1, 2)]


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
