"""Planar shape: a rectangle by hand, an irregular region by PyRadiomics' class."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics import extract_with_reasons
from tumorcast.radiomics.classes.shape2d import shape2d_features
from tumorcast.radiomics.names import FEATURE_NAMES

JUDGED = {
    "Elongation": 0.8332569646954325,
    "MajorAxisLength": 11.878928234562105,
    "MaximumDiameter": 14.422205101855956,
    "MeshSurface": 84.6,
    "MinorAxisLength": 9.898199684566093,
    "Perimeter": 44.00000000000001,
    "PerimeterSurfaceRatio": 0.5200945626477542,
    "PixelSurface": 85.20000000000002,
    "SphericalDisproportion": 1.3494679141992838,
    "Sphericity": 0.7410328096562095,
}
"""RadiomicsShape2D of pyradiomics-bhklab 3.1.4 on the region of `irregular`, 1.5 x 0.8 mm."""


def irregular() -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    mask = np.zeros((14, 16), dtype=bool)
    mask[3:10, 2:12] = True
    mask[4:6, 11:14] = True
    mask[7, 5] = False
    mask[9, 2:5] = False
    mask[10, 12] = True
    return mask


def test_a_rectangle_is_measured_as_by_hand() -> None:
    found = shape2d_features(np.ones((3, 5), dtype=bool), (1.0, 1.0))
    assert found["PixelSurface"] == 15
    assert found["MeshSurface"] == pytest.approx(15 - 4 / 8)
    assert found["Perimeter"] == pytest.approx(2 * (2 + 4) + 4 * math.sqrt(0.5))
    assert found["MaximumDiameter"] == pytest.approx(math.hypot(5, 2))
    assert found["MajorAxisLength"] == pytest.approx(4 * math.sqrt(2.0))
    assert found["Elongation"] == pytest.approx(math.sqrt((2 / 3) / 2.0))


def test_an_irregular_region_is_measured_as_by_pyradiomics() -> None:
    assert shape2d_features(irregular(), (1.5, 0.8)) == pytest.approx(JUDGED, rel=1e-9)


def test_it_needs_force2d_and_one_slice(ball: tuple[Volume, Mask]) -> None:
    volume, mask = ball
    classes = {"shape2D": None, "firstorder": None}
    result = extract_with_reasons(*ball, params={"featureClass": classes})
    assert all("force2D" in why for why in result.reasons.values())
    flat = np.zeros_like(mask.array)
    flat[5, 4:12, 6:15] = True
    params = {"setting": {"force2D": True}, "featureClass": classes}
    planar = extract_with_reasons(volume, replace(mask, array=flat), params=params)
    shape = [name for name in planar.values if "shape2D" in name]
    assert len(shape) == len(FEATURE_NAMES["shape2D"]) - 1
    assert planar.reasons == {}
