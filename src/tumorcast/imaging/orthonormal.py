"""Axes that are nearly orthogonal, straightened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.geometry import ORTHONORMAL_TOLERANCE, orthonormal_deviation, skewed

_LARGEST_REPAIRED = 1e-3


def straightened(
    matrix: NDArray[np.float64],
    shape: tuple[int, int, int],
    findings: list[Finding] | None,
    file: str,
) -> NDArray[np.float64]:
    """Return the 4 x 4 matrix with the nearest orthonormal directions.

    Source: the polar factor of the directions (Higham 1986, doi 10.1137/0907079), with spacing
    and the grid's centre kept. Below a deviation of 1e-5 the matrix is returned as it is.

    Raises
    ------
    BadInputError
        ``GEO-01`` when ``|D'D - 1|`` exceeds 1e-3.
    """
    deviation = orthonormal_deviation(matrix)
    if deviation <= ORTHONORMAL_TOLERANCE:
        return matrix
    if not deviation <= _LARGEST_REPAIRED:
        raise skewed(deviation, file)
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    left, _, right = np.linalg.svd(matrix[:3, :3] / spacing)
    centre = np.append((np.asarray(shape) - 1) / 2, 1.0)
    straight = matrix.copy()
    straight[:3, :3] = left @ right * spacing
    straight[:3, 3] += ((matrix - straight) @ centre)[:3]
    if findings is not None:
        findings.append(
            Finding(
                "GEO-01",
                "repaired",
                f"axes that deviate by {deviation:.2g} from orthogonal",
                "orthogonal axes",
                "nothing to do: the nearest orthogonal axes were taken",
                file=file,
            )
        )
    return straight
