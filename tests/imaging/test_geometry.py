"""Positions by hand, and verbs that are undone exactly."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tumorcast.errors import BadInputError
from tumorcast.imaging import Geometry
from tumorcast.imaging.itk import simpleitk

sizes = st.tuples(*[st.integers(1, 60)] * 3)
spacings = st.tuples(*[st.floats(0.05, 10.0)] * 3)
origins = st.tuples(*[st.floats(-2000.0, 2000.0)] * 3)
angles = st.tuples(*[st.floats(-math.pi, math.pi)] * 3)


def rotation(a: float, b: float, c: float) -> np.ndarray:
    about_z = [[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]]
    about_y = [[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]]
    about_x = [[1, 0, 0], [0, math.cos(c), -math.sin(c)], [0, math.sin(c), math.cos(c)]]
    turn: np.ndarray = np.array(about_z) @ about_y @ about_x
    return turn


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    turn = rotation(*draw(angles))
    return Geometry.from_parts(draw(sizes), draw(spacings), turn, draw(origins))


def test_an_index_maps_to_lps_in_x_y_z() -> None:
    geometry = Geometry.of_spacing((10, 20, 30), (3.0, 2.0, 1.0), (100.0, 200.0, 300.0))
    assert geometry.index_to_lps((1, 2, 3)).tolist() == [103.0, 204.0, 303.0]
    assert geometry.lps_to_index((103.0, 204.0, 303.0)).tolist() == [1.0, 2.0, 3.0]
    assert geometry.spacing_mm == (3.0, 2.0, 1.0)
    assert geometry.origin_mm == (100.0, 200.0, 300.0)
    assert geometry.voxel_volume_mm3 == 6.0
    assert geometry.n_voxels == 6000


def test_directions_are_columns_for_z_y_x() -> None:
    geometry = Geometry.of_spacing((2, 2, 2), (3.0, 2.0, 1.0))
    assert geometry.direction.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]


@given(geometries())
def test_parts_return_the_geometry_exactly(geometry: Geometry) -> None:
    again = Geometry.from_parts(
        geometry.shape, geometry.spacing_mm, geometry.direction, geometry.origin_mm
    )
    assert again == geometry
    assert hash(again) == hash(geometry)


@given(geometries(), st.tuples(*[st.integers(0, 50)] * 3), st.tuples(*[st.integers(0, 50)] * 3))
def test_cropping_undoes_padding_exactly(
    geometry: Geometry, before: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    padded = geometry.pad(before, after)
    stop = np.add(before, geometry.shape).tolist()
    assert padded.crop(before, stop) == geometry


@given(geometries(), st.integers(0, 2))
def test_flipping_twice_changes_nothing(geometry: Geometry, axis: int) -> None:
    assert geometry.flip(axis).flip(axis) == geometry
    first = [0, 0, 0]
    last = [0, 0, 0]
    last[axis] = geometry.shape[axis] - 1
    np.testing.assert_allclose(
        geometry.flip(axis).index_to_lps(first), geometry.index_to_lps(last), atol=1e-9
    )


@given(geometries())
def test_indices_survive_the_way_to_lps_and_back(geometry: Geometry) -> None:
    index = np.array([[0.0, 0.0, 0.0], [1.5, -2.0, 40.0]])
    back = geometry.lps_to_index(geometry.index_to_lps(index))
    np.testing.assert_allclose(back, index, atol=1e-7)


@given(geometries())
def test_reoriented_axes_point_to_s_p_l(geometry: Geometry) -> None:
    direction = geometry.reoriented().direction
    for axis in range(3):
        assert direction[2 - axis, axis] >= 0
    corners = {tuple(np.round(p, 6)) for p in geometry.corners_lps()}
    assert corners == {tuple(np.round(p, 6)) for p in geometry.reoriented().corners_lps()}


def test_every_orientation_along_the_axes_becomes_the_same() -> None:
    upright = Geometry.of_spacing((4, 5, 6), (3.0, 2.0, 1.0), (7.0, 8.0, 9.0))
    for order in [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]:
        for flips in np.ndindex(2, 2, 2):
            turned = upright.permute(order)
            for axis in np.flatnonzero(flips):
                turned = turned.flip(int(axis))
            assert turned.reoriented() == upright


def test_another_spacing_keeps_the_centre() -> None:
    geometry = Geometry.of_spacing((10, 11, 12), (3.0, 1.0, 0.7), (5.0, 6.0, 7.0))
    finer = geometry.with_spacing((1.0, 1.0, 1.0))
    assert finer.shape == (30, 11, 9)
    assert finer.spacing_mm == (1.0, 1.0, 1.0)
    np.testing.assert_allclose(
        finer.corners_lps().mean(axis=0), geometry.corners_lps().mean(axis=0), atol=1e-9
    )


def test_frames_of_reference_must_not_contradict() -> None:
    unknown = Geometry.of_spacing((2, 2, 2), (1.0, 1.0, 1.0))
    one, two = (replace(unknown, frame_of_reference=uid) for uid in ("1.2", "1.3"))
    assert unknown.same_space(one)
    assert not one.same_space(two)
    assert unknown != one
    assert unknown.coincides_with(one)
    assert not one.coincides_with(two)


@pytest.mark.parametrize(("shift_voxels", "coincides"), [(0.0005, True), (0.002, False)])
def test_only_rounding_of_a_header_coincides(shift_voxels: float, coincides: bool) -> None:
    one = Geometry.of_spacing((9, 9, 9), (3.0, 2.0, 2.0))
    other = Geometry.of_spacing((9, 9, 9), (3.0, 2.0, 2.0), (2 * shift_voxels, 0.0, 0.0))
    assert one.coincides_with(other) is coincides
    assert one != other


@pytest.mark.parametrize("shear", [2e-5, 0.1])
def test_skewed_axes_are_refused(shear: float) -> None:
    matrix = np.eye(4)[:, [2, 1, 0, 3]]
    matrix[0, 1] = shear
    with pytest.raises(BadInputError, match="GEO-01"):
        Geometry.of_matrix((2, 2, 2), matrix)


@pytest.mark.parametrize("spoilt", [math.nan, math.inf, 0.0])
def test_flat_or_infinite_axes_are_refused(spoilt: float) -> None:
    with pytest.raises(BadInputError, match="GEO-01"):
        Geometry.of_spacing((2, 2, 2), (1.0, 1.0, spoilt))


def test_a_grid_without_voxels_is_refused() -> None:
    with pytest.raises(BadInputError, match="GEO-01"):
        Geometry.of_spacing((2, 0, 2), (1.0, 1.0, 1.0))


def test_crops_must_lie_within() -> None:
    geometry = Geometry.of_spacing((4, 4, 4), (1.0, 1.0, 1.0))
    for start, stop in [((-1, 0, 0), (4, 4, 4)), ((0, 0, 0), (5, 4, 4)), ((2, 0, 0), (2, 4, 4))]:
        with pytest.raises(ValueError, match="cannot crop"):
            geometry.crop(start, stop)
    with pytest.raises(ValueError, match="negative"):
        geometry.pad((-1, 0, 0), (0, 0, 0))
    with pytest.raises(ValueError, match="order of the axes"):
        geometry.permute((0, 0, 1))


@settings(max_examples=30)
@given(geometries())
def test_simpleitk_agrees_on_where_a_voxel_lies(geometry: Geometry) -> None:
    image = simpleitk().Image(*geometry.shape[::-1], simpleitk().sitkUInt8)
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetOrigin(geometry.origin_mm)
    image.SetDirection(geometry.direction[:, ::-1].ravel().tolist())
    point = image.TransformContinuousIndexToPhysicalPoint((3.0, 2.0, 1.5))
    np.testing.assert_allclose(geometry.index_to_lps((1.5, 2.0, 3.0)), point, atol=1e-8)
