"""Voxels of a stack on a regular grid: as they are, or interpolated where they must be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.stack import Stack
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.orthonormal import straightened


def on_regular_grid(
    stack: Stack, values: NDArray[Any], outside: float, findings: list[Finding] | None
) -> tuple[NDArray[Any], Geometry]:
    """Return the voxels and where they lie.

    An evenly spaced stack that is not tilted keeps its values; its affine comes from the first
    and the last position (DICOM PS3.3, C.7.6.2.1.1).

    Parameters
    ----------
    stack
        As `check_stack` accepted it.
    values
        Shape (slices, rows, columns).
    outside
        Value where a tilted stack leaves the grid empty.
    findings
        Receives what was repaired.
    """
    if stack.is_even and not stack.is_tilted:
        return values, regular_geometry(stack, findings)
    first = stack.headers[0]
    origin = np.array(first.position)
    step = stack.normal * stack.spacing_mm
    if stack.is_tilted:
        values, start_mm = _sheared(stack, values, outside)
        row, column = np.array(first.orientation).reshape(2, 3)
        origin = origin + row * start_mm[0] + column * start_mm[1]
    if not stack.is_even:
        values = _evened(stack, values)
    else:
        step = stack.normal * (stack.depth_mm[-1] - stack.depth_mm[0]) / (len(values) - 1)
    matrix = _matrix(stack, origin, step)
    depth, height, width = values.shape
    shape = (depth, height, width)
    straight = straightened(matrix, shape, findings, first.path)
    return values, Geometry.of_matrix(shape, straight, first.frame_of_reference)


def regular_geometry(stack: Stack, findings: list[Finding] | None) -> Geometry:
    """Return the grid of an evenly spaced stack that is not tilted."""
    first = stack.headers[0]
    origin = np.array(first.position)
    step = (np.array(stack.headers[-1].position) - origin) / (len(stack.headers) - 1)
    shape = (len(stack.headers), first.rows, first.columns)
    straight = straightened(_matrix(stack, origin, step), shape, findings, first.path)
    return Geometry.of_matrix(shape, straight, first.frame_of_reference)


def _matrix(
    stack: Stack, origin: NDArray[np.float64], step: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the 4 x 4 matrix from (z, y, x, 1) to LPS."""
    first = stack.headers[0]
    row, column = np.array(first.orientation).reshape(2, 3)
    between_rows, between_columns = first.spacing_mm
    matrix = np.eye(4)
    matrix[:3, 0] = step
    matrix[:3, 1] = column * between_rows
    matrix[:3, 2] = row * between_columns
    matrix[:3, 3] = origin
    return matrix


def _evened(stack: Stack, values: NDArray[Any]) -> NDArray[Any]:
    depth, spacing = stack.depth_mm, stack.spacing_mm
    count = int(np.floor((depth[-1] - depth[0]) / spacing + 1e-3)) + 1
    wanted = np.minimum(depth[0] + spacing * np.arange(count), depth[-1])
    below = np.clip(np.searchsorted(depth, wanted, side="right") - 1, 0, len(depth) - 2)
    weight = (wanted - depth[below]) / (depth[below + 1] - depth[below])
    even = np.empty((count, *values.shape[1:]), dtype=np.float32)
    for k, (i, w) in enumerate(zip(below, weight, strict=True)):
        even[k] = (1 - w) * values[i] + w * values[i + 1]
    return even


def _sheared(
    stack: Stack, values: NDArray[Any], outside: float
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Shift each slice within its plane; return also where the grid begins, in mm (x, y)."""
    from scipy import ndimage  # noqa: PLC0415

    spacing_xy = np.array(stack.headers[0].spacing_mm[::-1])
    shift = stack.offsets_mm / spacing_xy
    start = np.floor(shift.min(axis=0) + 1e-6).astype(int)
    extra = np.ceil(shift.max(axis=0) - 1e-6).astype(int) - start
    depth, height, width = values.shape
    canvas = np.full((depth, height + extra[1], width + extra[0]), outside, dtype=np.float32)
    for i, (x, y) in enumerate(shift - start):
        slab = np.full(canvas.shape[1:], outside, dtype=np.float32)
        slab[:height, :width] = values[i]
        ndimage.shift(slab, (y, x), output=canvas[i], order=1, cval=outside, prefilter=False)
    return canvas, start * spacing_xy
