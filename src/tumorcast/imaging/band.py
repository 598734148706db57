"""The voxels whose distance from the tumour's surface lies in an interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, inf

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging.body import AIR_BELOW_HU, pieces_touching, room_air
from tumorcast.imaging.distance import distance_to_surface_mm
from tumorcast.imaging.geometry import Triple
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.raster import box
from tumorcast.imaging.volume import Volume

_ROUNDING_MM = 1e-4
"""A voxel layer on the very border of a band must not depend on a header's last digit."""


@dataclass(frozen=True, eq=False)
class _Window:
    """The part of the index space that a band can reach; it may extend beyond the image."""

    start: NDArray[np.int_]
    stop: NDArray[np.int_]
    shape: Triple

    @classmethod
    def around(cls, tumor: Mask, reach_mm: float) -> _Window:
        first, last = tumor.bounding_box()
        margin = np.floor(reach_mm / np.asarray(tumor.geometry.spacing_mm) + 0.5).astype(int) + 1
        return cls(np.asarray(first) - margin, np.asarray(last) + margin, tumor.geometry.shape)

    @property
    def in_image(self) -> tuple[slice, slice, slice]:
        """The image's voxels that the window sees."""
        return box(np.maximum(self.start, 0), np.minimum(self.stop, self.shape))

    @property
    def in_window(self) -> tuple[slice, slice, slice]:
        """Where those voxels lie in the window."""
        return box(
            np.maximum(self.start, 0) - self.start, np.minimum(self.stop, self.shape) - self.start
        )


def band(tumor: Mask, image: Volume, inner_mm: float, outer_mm: float) -> tuple[Mask, float]:
    """Return the voxels between two distances from the tumour's surface that the patient fills.

    The distance is that of the voxel's centre, negative inside; at exactly a bound, a voxel
    belongs to the side of the surface, so that neighbouring bands share and lose none. Voxels
    beyond the image count as outside the tumour. They are dropped from the band, and so are, in
    CT, voxels of room air and those that it separates from the tumour (the couch, the other leg).

    Parameters
    ----------
    tumor, image
        On one grid.
    inner_mm, outer_mm
        Bounds; `inner_mm` may be ``-inf``, which takes all of the tumour.

    Returns
    -------
    The band on the image's grid, and the fraction of its voxels that was kept.

    Raises
    ------
    BadInputError
        ``REG-01`` when nothing is left; ``GEO-04`` when tumour and image have different grids.
    """
    _refuse_other_grid(tumor, image)
    window = _Window.around(tumor, max(outer_mm, 0.0))
    inside = np.zeros(window.stop - window.start, dtype=bool)
    inside[window.in_window] = tumor.array[window.in_image]
    asked = _between(inside, tumor.geometry.spacing_mm, inner_mm, outer_mm)
    kept = asked[window.in_window]
    if image.unit == "HU" and outer_mm > 0:
        kept = kept & _connected_body(kept, inside[window.in_window], image, window.in_image)
    n_asked, n_kept = int(np.count_nonzero(asked)), int(np.count_nonzero(kept))
    if n_kept == 0:
        raise _nothing_left(inner_mm, outer_mm, n_asked)
    array = np.zeros(tumor.geometry.shape, dtype=bool)
    array[window.in_image] = kept
    return Mask(array, tumor.geometry, tumor.name), n_kept / n_asked


def _between(
    inside: NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    inner_mm: float,
    outer_mm: float,
) -> NDArray[np.bool_]:
    inner, outer = (bound + copysign(_ROUNDING_MM, bound) for bound in (inner_mm, outer_mm))
    reach = max(abs(bound) for bound in (inner, outer) if abs(bound) < inf)
    distance = distance_to_surface_mm(inside, spacing_mm, reach)
    signed = np.where(inside, -distance, distance)
    above_inner = (signed > inner) | (inside & (inner_mm == -inf))
    return np.asarray(above_inner & (signed <= outer))


def _connected_body(
    kept: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    image: Volume,
    in_image: tuple[slice, slice, slice],
) -> NDArray[np.bool_]:
    """Return the tumour's piece of the body in the window; all of it when there is no air."""
    if not (image.array[in_image][kept] < AIR_BELOW_HU).any():
        return np.ones_like(kept)
    axial = image.geometry.reorientation()[0][0]
    start, stop = [0, 0, 0], list(image.geometry.shape)
    start[axial], stop[axial] = in_image[axial].start, in_image[axial].stop
    air = room_air(image.crop(start, stop))
    seen = [*in_image]
    seen[axial] = slice(None)
    return pieces_touching(inside, inside | ~air[tuple(seen)])


def _refuse_other_grid(tumor: Mask, image: Volume) -> None:
    if tumor.geometry != image.geometry:
        raise BadInputError(
            "GEO-04",
            f"a mask of shape {tumor.geometry.shape} on another grid than its image "
            f"of shape {image.geometry.shape}",
            expected="mask and image on one grid",
            fix="bring the mask onto the image's grid with match_to_image",
        )


def _nothing_left(inner_mm: float, outer_mm: float, n_asked: int) -> BadInputError:
    return BadInputError(
        "REG-01",
        f"no voxel between {inner_mm:g} and {outer_mm:g} mm from the tumour's surface "
        f"({n_asked} before clipping to image and body)",
        expected="at least one voxel",
        fix="widen the shell, or use an image that reaches beyond the tumour",
    )
