"""The nearest orthogonal axes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.orthonormal import straightened

SHAPE = (30, 40, 50)


def tilted(shear: float) -> np.ndarray:
    """Return a matrix of 3 x 2 x 1 mm whose y axis leans towards x."""
    matrix = np.diag([1.0, 2.0, 3.0, 1.0])[:, [2, 1, 0, 3]]
    matrix[0, 1] = 2.0 * shear
    return matrix


def test_rounded_axes_are_left_alone() -> None:
    findings: list[Finding] = []
    assert straightened(tilted(1e-6), SHAPE, findings, "a.nii") is not None
    assert np.array_equal(straightened(tilted(1e-6), SHAPE, findings, "a.nii"), tilted(1e-6))
    assert findings == []


@given(st.floats(2e-5, 9.9e-4))
def test_leaning_axes_are_turned_about_the_centre(shear: float) -> None:
    matrix = tilted(shear)
    findings: list[Finding] = []
    straight = straightened(matrix, SHAPE, findings, "a.nii")
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    direction = straight[:3, :3] / spacing
    np.testing.assert_allclose(direction.T @ direction, np.eye(3), atol=1e-14)
    half_way = np.array([[0, np.sin(shear / 2)], [0, 0]])
    np.testing.assert_allclose(direction[0, 1], half_way[0, 1], rtol=1e-3)
    centre = np.append((np.array(SHAPE) - 1) / 2, 1.0)
    np.testing.assert_allclose(straight @ centre, matrix @ centre, atol=1e-10)
    (finding,) = findings
    assert (finding.code, finding.consequence, finding.file) == ("GEO-01", "repaired", "a.nii")


@pytest.mark.parametrize("shear", [1.1e-3, 0.5, np.nan])
def test_skewed_axes_are_refused(shear: float) -> None:
    with pytest.raises(BadInputError, match=r"GEO-01.*a\.nii"):
        straightened(tilted(shear), SHAPE, None, "a.nii")
