"""Phantoms that the tests of imaging share."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tumorcast.imaging import Geometry, Mask, Volume


@pytest.fixture
def oblique() -> Geometry:
    """Return an anisotropic grid, turned by 0.3 rad about z, with an origin of many digits."""
    turn = np.array(
        [[0, math.sin(0.3), math.cos(0.3)], [0, math.cos(0.3), -math.sin(0.3)], [1, 0, 0]]
    )
    return Geometry.from_parts((4, 5, 6), (3.27, 1 / 3, 0.97656202), turn, (-123.456789, 45.1, 9.9))


@pytest.fixture
def ct(oblique: Geometry) -> Volume:
    """Return a CT whose values are all different."""
    values = np.arange(oblique.n_voxels, dtype=np.int16).reshape(oblique.shape) - 50
    return Volume(values, oblique, "HU")


@pytest.fixture
def ball() -> Mask:
    """Return a ball of 9 mm radius in the middle of 20 x 40 x 40 voxels of 3 x 1.5 x 1.5 mm."""
    geometry = Geometry.of_spacing((20, 40, 40), (3.0, 1.5, 1.5))
    centre = geometry.index_to_lps((np.asarray(geometry.shape) - 1) / 2)
    points = geometry.index_to_lps(np.moveaxis(np.indices(geometry.shape), 0, -1))
    return Mask(np.linalg.norm(points - centre, axis=-1) <= 9.0, geometry)


@pytest.fixture
def tissue(ball: Mask) -> Volume:
    """Return a CT of soft tissue with a little texture on the grid of `ball`."""
    values = np.random.default_rng(0).normal(40, 10, ball.geometry.shape)
    return Volume(values.astype(np.int16), ball.geometry, "HU")
