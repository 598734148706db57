"""What every filter of IBSI's second chapter offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.ibsi.filters.boundary import Boundary


class Filter(Protocol):
    """A filter with all its parameters: an image in, its response map out."""

    @property
    def boundary(self) -> Boundary:
        """What lies beyond the image."""

    @property
    def name(self) -> str:
        """First part of the names of its features, one for each set of parameters."""

    def reach(self, spacing_mm: tuple[float, float, float]) -> tuple[int, int, int] | None:
        """Return how many voxels away along (z, y, x) a response may depend on; None: all."""

    def respond(
        self, image: NDArray[np.float64], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float64]:
        """Return the response map of an image, shape (z, y, x)."""


def respond_within(
    filter_: Filter,
    image: NDArray[np.float64],
    spacing_mm: tuple[float, float, float],
    box: tuple[slice, slice, slice],
) -> NDArray[np.float64]:
    """Return the part of a response map within a box, from no more of the image than it takes.

    Parameters
    ----------
    image
        Shape (z, y, x).
    spacing_mm
        Along (z, y, x).
    box
        Where the response is wanted.
    """
    reach = filter_.reach(spacing_mm)
    if reach is None or filter_.boundary == "periodic":
        return filter_.respond(image, spacing_mm)[box]
    near, inner = [], []
    for part, far, size in zip(box, reach, image.shape, strict=True):
        start = max(0, part.start - far)
        near.append(slice(start, min(size, part.stop + far)))
        inner.append(slice(part.start - start, part.stop - start))
    return filter_.respond(image[tuple(near)], spacing_mm)[tuple(inner)]
