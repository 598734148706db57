"""Soft-edged solids, and painting with them."""

from __future__ import annotations

import numpy as np

from tumorcast.cohort.simulate.grid import Field, Points, Scalar


def inside(distance_mm: Field, edge_mm: float = 1.5) -> Field:
    """Return the share of a voxel that lies inside, from the signed distance to the surface."""
    share: Field = np.clip(0.5 - distance_mm / np.float32(edge_mm), 0.0, 1.0)
    return share


def tube_distance(at: Points, y: Scalar, x: Scalar, semi_y: Scalar, semi_x: Scalar) -> Field:
    """Return the approximate signed distance to an elliptic tube along z.

    The tube may bend and change its width with the height.
    """
    radius = np.sqrt(((at.y - y) / semi_y) ** 2 + ((at.x - x) / semi_x) ** 2)
    return np.asarray((radius - 1.0) * np.minimum(semi_y, semi_x), dtype=np.float32)


def ball_distance(
    at: Points, centre: tuple[float, float, float], semi: tuple[float, float, float]
) -> Field:
    """Return the approximate signed distance to an ellipsoid; centre and semi-axes (z, y, x)."""
    z, y, x = (
        (axis - np.float32(c)) / np.float32(s)
        for axis, c, s in zip((at.z, at.y, at.x), centre, semi, strict=True)
    )
    radius = np.sqrt(z * z + y * y + x * x)
    return np.asarray((radius - 1.0) * min(semi), dtype=np.float32)


def slab(axis: Field, low: float, high: float, edge_mm: float = 3.0) -> Field:
    """Return the share that lies between two coordinates along an axis."""
    return inside(np.maximum(low - axis, axis - high), edge_mm)


def filaments(first: Field, second: Field, width: float) -> Field:
    """Return soft threads: the lines on which two random fields are both 0."""
    threads: Field = np.exp(-(np.square(first) + np.square(second)) / np.float32(width * width))
    return threads


def paint(target: Field, share: Field, value: Scalar) -> None:
    """Mix `value` into `target`, in place, where and as far as `share` says."""
    target += share * (np.float32(1) * value - target)
