"""The triangles of the marching-cubes mesh of a mask, and how far points lie from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging import Mask
from tumorcast.radiomics.mesh.surface import triangles_of_configurations

_CANDIDATES, _CANDIDATES_FAR = 32, 8
_FAR = 8.0
"""Sizes of a triangle from which on the choice among its neighbours hardly matters."""
_AT_ONCE = 20_000
"""Points whose distances are computed at a time, which bounds the memory."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Triangles:
    """A surface.

    Parameters
    ----------
    corners
        Shape (t, 3, 3): triangle, corner, LPS (x, y, z) in mm.
    """

    corners: Points

    @classmethod
    def of(cls, mask: Mask) -> Triangles:
        """Return the mesh of a mask, half-way between voxels inside and outside."""
        start, stop = mask.bounding_box()
        inside = np.pad(mask.crop(start, stop).array, 1).astype(np.int64)
        cubes = np.zeros([n - 1 for n in inside.shape], dtype=np.int64)
        for bit, (z, y, x) in enumerate(_CORNERS):
            cubes |= inside[z : z - 1 or None, y : y - 1 or None, x : x - 1 or None] << bit
        first, local = triangles_of_configurations()
        here = np.argwhere((cubes > 0) & (cubes < 255))
        kind = cubes[tuple(here.T)]
        count = first[kind + 1] - first[kind]
        start_of_cube = np.repeat(first[kind] - np.cumsum(count) + count, count)
        which = start_of_cube + np.arange(count.sum())
        index = local[which] + np.repeat(here, count, axis=0)[:, np.newaxis]
        return cls(mask.geometry.index_to_lps(index + np.asarray(start) - 1))

    @property
    def centroids(self) -> Points:
        """Centre of gravity of each triangle, shape (t, 3)."""
        return np.asarray(self.corners.mean(axis=1))

    @property
    def areas_mm2(self) -> NDArray[np.float64]:
        """Area of each triangle, shape (t,)."""
        a, b, c = self.corners.transpose(1, 0, 2)
        return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)

    def distance_mm(self, points: Points) -> NDArray[np.float64]:
        """Return how far points, shape (n, 3), lie from the surface; never negative.

        Exact for the 32 triangles whose centres of gravity are nearest to the point, or 8 where it
        is far from all of them.
        """
        from scipy.spatial import cKDTree  # noqa: PLC0415

        tree = cKDTree(self.centroids)
        nearest, _ = tree.query(points)
        size = np.linalg.norm(self.corners - self.centroids[:, np.newaxis], axis=2).max()
        found = np.empty(len(points))
        for far, n_candidates in ((False, _CANDIDATES), (True, _CANDIDATES_FAR)):
            rows = np.flatnonzero((nearest > _FAR * size) == far)
            k = np.arange(1, min(n_candidates, len(self.corners)) + 1)
            for part in np.array_split(rows, len(rows) // _AT_ONCE + 1):
                near = np.asarray(tree.query(points[part], k=k)[1])
                squared = squared_distance(points[part, np.newaxis], self.corners[near])
                found[part] = np.sqrt(squared.min(axis=1))
        return found


_CORNERS = ((0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0))
"""Corners 0 to 7 of a cube as (z, y, x), in the order of the configurations' bits."""


def squared_distance(points: Points, corners: Points) -> NDArray[np.float64]:
    """Return the squared distance of points (..., 3) from triangles (..., 3, 3), one by one.

    The nearest point is the foot on the triangle's plane where that lies inside, else it is on one
    of the edges.
    """
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    normal = np.cross(b - a, c - a)
    length = (normal**2).sum(axis=-1)
    height = ((points - a) * normal).sum(axis=-1)
    inside = np.logical_and.reduce(
        [
            (np.cross(end - begin, points - begin) * normal).sum(axis=-1) >= 0
            for begin, end in ((a, b), (b, c), (c, a))
        ]
    )
    on_edges = np.minimum.reduce(
        [_from_edge(points, begin, end) for begin, end in ((a, b), (b, c), (c, a))]
    )
    plane = height**2 / np.where(length > 0, length, 1.0)
    return np.asarray(np.where(inside & (length > 0), plane, on_edges), dtype=np.float64)


def _from_edge(points: Points, begin: Points, end: Points) -> NDArray[np.float64]:
    edge = end - begin
    length = (edge**2).sum(axis=-1)
    along = ((points - begin) * edge).sum(axis=-1) / np.where(length > 0, length, 1.0)
    foot = begin + np.clip(along, 0, 1)[..., np.newaxis] * edge
    return np.asarray(((points - foot) ** 2).sum(axis=-1))
