"""Outlines of a mask, slice by slice: the opposite of `tumorcast.imaging.dicom.fill`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STRAIGHT = 1e-9
_LEVEL = 0.51


def outlines_of(plane: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Return closed outlines that pass about half way between voxels inside and outside.

    They are a hair nearer to those inside, so that programs that round coordinates to whole voxels
    before they fill, as OpenCV does, find the same voxels. No outline touches a voxel's centre, so
    filling them by exclusive or gives the plane back, with holes and islands.

    Parameters
    ----------
    plane
        One slice, shape (rows, columns).

    Returns
    -------
    Arrays of shape (points, 2): (row, column), not closed, corners only.
    """
    from contourpy import contour_generator  # noqa: PLC0415

    lines = contour_generator(z=np.pad(plane, 1).astype(np.float64)).lines(_LEVEL)
    return [_corners(np.asarray(line, dtype=np.float64)[:-1, ::-1] - 1) for line in lines]


def _corners(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Drop the points on straight runs."""
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    kept: NDArray[np.float64] = points[np.abs(turn) > _STRAIGHT]
    return kept
