"""A mask brought onto the grid of its image, when both lie in one space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.resample import resample_to

_OVERLAP_NEEDED = 0.99


def match_to_image(mask: Mask, image_geometry: Geometry) -> tuple[Mask, Finding | None]:
    """Return the mask on the grid of its image, and what was done to bring it there.

    A mask on the same grid is taken as it is, also where two file formats wrote the grid with
    different precision (up to 0.001 voxel). A mask on another grid takes the nearest voxel if 99%
    of it lies within the image. There is no tolerance to set: a wider one hides shifts.

    Parameters
    ----------
    mask
        As it was drawn.
    image_geometry
        Grid of the image.

    Returns
    -------
    The mask, and ``MSK-09`` (repaired) when it came from another grid.

    Raises
    ------
    BadInputError
        ``MSK-02`` the mask is empty, here or on its own grid; ``MSK-08`` it lies in another frame
        of reference, it has the image's shape but another place (one of the two has lost its
        position), or more than 1% of it lies outside the image.
    """
    if not mask.n_voxels:
        raise _empty("a mask without a single voxel")
    if mask.geometry == image_geometry:
        return mask, None
    if mask.geometry.coincides_with(image_geometry):
        return replace(mask, geometry=image_geometry), None
    _refuse_other_place(mask.geometry, image_geometry)
    _refuse_outside(mask, image_geometry)
    matched = resample_to(mask, image_geometry, "nearest")
    if not matched.n_voxels:
        raise _empty("a mask that holds no voxel of its image's grid")
    return matched, Finding(
        "MSK-09",
        "repaired",
        f"the mask was drawn on {_described(mask.geometry)}, the image has "
        f"{_described(image_geometry)}; taking the nearest voxel changed its volume from "
        f"{mask.volume_mm3 / 1000:.3g} to {matched.volume_mm3 / 1000:.3g} cc",
        "mask and image on one grid",
        "nothing to do, or draw the mask on the image itself",
    )


def _refuse_other_place(mask: Geometry, image: Geometry) -> None:
    if not mask.same_space(image):
        raise _elsewhere(
            f"frame of reference {mask.frame_of_reference}, the image has "
            f"{image.frame_of_reference}"
        )
    if mask.shape == image.shape and not mask.reoriented().coincides_with(image.reoriented()):
        shift_mm = np.linalg.norm(mask.corners_lps() - image.corners_lps(), axis=1).max()
        raise _elsewhere(
            f"a mask of the image's shape {image.shape} whose corners lie up to "
            f"{shift_mm:.3g} mm from the image's: one of the two has lost its position"
        )


def _refuse_outside(mask: Mask, image: Geometry) -> None:
    points = mask.geometry.index_to_lps(np.argwhere(mask.array))
    index = image.lps_to_index(points)
    inside = np.all((index >= -0.5) & (index <= np.asarray(image.shape) - 0.5), axis=1)
    overlap = float(inside.mean())
    if overlap < _OVERLAP_NEEDED:
        raise _elsewhere(f"{overlap:.1%} of the mask within the image")


def _elsewhere(found: str) -> BadInputError:
    return BadInputError(
        "MSK-08",
        found,
        expected=f"a mask in the image's space, {_OVERLAP_NEEDED:.0%} of it within the image",
        fix="draw or export the mask on this image, or register the two first",
    )


def _empty(found: str) -> BadInputError:
    return BadInputError(
        "MSK-02",
        found,
        expected="at least one voxel of tumour",
        fix="draw the tumour, or leave this image out for this case",
    )


def _described(geometry: Geometry) -> str:
    shape = " x ".join(str(size) for size in geometry.shape)
    spacing = " x ".join(f"{size:.3g}" for size in geometry.spacing_mm)
    return f"{shape} voxels of {spacing} mm (z, y, x)"
