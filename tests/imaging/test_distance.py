"""Distances to the surface, by hand and against a search over all its points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tumorcast.imaging.distance import distance_to_surface_mm


def by_brute_force(inside: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Return the smallest distance of each centre to any point between inside and outside."""
    points = []
    for index in np.ndindex(inside.shape):
        for axis in range(3):
            neighbour = tuple(np.add(index, np.eye(3, dtype=int)[axis]))
            if neighbour[axis] < inside.shape[axis] and inside[index] != inside[neighbour]:
                points.append(np.add(index, neighbour) / 2 * spacing_mm)
    surface = np.array(points).reshape(-1, 3)
    distance = np.full(inside.shape, np.inf)
    for index in np.ndindex(inside.shape):
        centre = np.multiply(index, spacing_mm)
        distance[index] = np.linalg.norm(surface - centre, axis=1).min(initial=np.inf)
    return distance


def test_distances_of_one_voxel_by_hand() -> None:
    inside = np.zeros((3, 1, 3), dtype=bool)
    inside[0, 0, 0] = True
    distance = distance_to_surface_mm(inside, (4.0, 1.0, 2.0), 100.0)
    above, beside = (2.0, 0.0), (0.0, 1.0)
    expected = [
        [min(np.hypot(z - a, x - b) for a, b in (above, beside)) for x in (0.0, 2.0, 4.0)]
        for z in (0.0, 4.0, 8.0)
    ]
    np.testing.assert_allclose(distance[:, 0], expected, rtol=1e-15)


@given(
    arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))),
    st.tuples(*[st.floats(0.3, 6.0)] * 3),
    st.floats(0.1, 40.0),
)
def test_distances_are_those_of_brute_force(
    inside: np.ndarray, spacing_mm: tuple[float, float, float], reach_mm: float
) -> None:
    expected = by_brute_force(inside, spacing_mm)
    distance = distance_to_surface_mm(inside, spacing_mm, reach_mm)
    within = expected <= reach_mm * (1 - 1e-12)
    np.testing.assert_allclose(distance[within], expected[within], rtol=1e-12, atol=1e-12)
    assert np.isinf(distance[expected > reach_mm * (1 + 1e-12)]).all()


@given(arrays(bool, (4, 5, 6)))
def test_inside_and_outside_share_one_surface(inside: np.ndarray) -> None:
    spacing_mm = (3.0, 1.0, 2.0)
    assert np.array_equal(
        distance_to_surface_mm(inside, spacing_mm, 9.0),
        distance_to_surface_mm(~inside, spacing_mm, 9.0),
    )


@pytest.mark.parametrize("fill", [True, False])
def test_without_a_surface_there_is_no_distance(fill: bool) -> None:
    assert np.isinf(distance_to_surface_mm(np.full((2, 3, 4), fill), (1.0, 1.0, 1.0), 5.0)).all()
