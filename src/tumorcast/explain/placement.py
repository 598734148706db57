"""Maps of crops in the patient: on the image's grid, by region, and as files."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging import Geometry, Mask, Volume, resample_to

ELSEWHERE = "elsewhere"
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_LONGEST_DESCRIPTION = 79


def on_image_grid(values: NDArray[np.float64], crop: Geometry, image: Geometry) -> Volume:
    """Return a map on the patient's own grid: linear between the crop's voxels, 0 outside it."""
    placed = Volume(values.astype(np.float32), crop, "arbitrary")
    return resample_to(placed, image, "linear", outside=0.0)


def shares_of(
    values: NDArray[np.float64], crop: Geometry, regions: Mapping[str, Mask]
) -> dict[str, float]:
    """Return the share of the map's size in each region, and elsewhere in the crop.

    A voxel in several regions counts for the first; the shares add up to 1, or are all 0 when the
    map is.

    Parameters
    ----------
    values
        Shape (z, y, x), on the grid `crop`.
    regions
        On any grid of the same space, the tumour first.
    """
    size = np.abs(values)
    total = float(size.sum())
    return {
        name: float(size[inside].sum()) / total if total > 0 else 0.0
        for name, inside in _parts(crop, regions).items()
    }


def sums_of(
    values: NDArray[np.float64], crop: Geometry, regions: Mapping[str, Mask]
) -> dict[str, float]:
    """Return the sum of the map in each region, and elsewhere in the crop; see `shares_of`.

    Of integrated gradients it is what the region adds to the score. What voxels of both signs take
    from each other counts in the shares and not here.
    """
    return {name: float(values[inside].sum()) for name, inside in _parts(crop, regions).items()}


def _parts(crop: Geometry, regions: Mapping[str, Mask]) -> dict[str, NDArray[np.bool_]]:
    left = np.ones(crop.shape, dtype=bool)
    parts = {}
    for name, mask in regions.items():
        parts[name] = resample_to(mask, crop).array & left
        left &= ~parts[name]
    return {**parts, ELSEWHERE: left}


def write_map(path: Path, volume: Volume, description: str) -> None:
    """Write a map as NIfTI, with what has to be known of it in the header's description.

    Parameters
    ----------
    description
        At most 79 characters of ASCII, which is what the header holds.
    """
    nib: Any = import_module("nibabel")
    affine = _LPS_TO_RAS @ np.asarray(volume.geometry.affine)[:, [2, 1, 0, 3]]
    image = nib.Nifti1Image(np.asarray(volume.array, dtype=np.float32).T, affine)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode("ascii")[:_LONGEST_DESCRIPTION]
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, str(path))
