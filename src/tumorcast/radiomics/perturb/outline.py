"""Another outline of the same tumour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tumorcast.imaging.raster import bounding_box, box
from tumorcast.radiomics.itk import sitk

SUPERVOXEL_MM = 5.0
SMOOTHED_MM = 2.0
MARGIN_MM = 10.0
ALWAYS, NEVER = 0.9, 0.2
"""A supervoxel is part of the tumour from this overlap on, and not below that one."""

_LEVELS_A_DEVIATION, _DEVIATIONS = 5.0, 3.0
_DIGITS = 6


def signed_distance_mm(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Return the distance to the nearest voxel of the other side, negative inside the mask.

    Far from the mask it is ``inf``.
    """
    window = _window(mask, spacing_mm)
    inside = mask[window]
    outwards = ndimage.distance_transform_edt(~inside, sampling=spacing_mm)
    inwards = ndimage.distance_transform_edt(inside, sampling=spacing_mm)
    distance = np.full(mask.shape, np.inf)
    distance[window] = np.round(outwards - inwards, _DIGITS)
    return distance


def resized(
    mask: NDArray[np.bool_], distance_mm: NDArray[np.float64], growth: float, seed: int
) -> NDArray[np.bool_]:
    """Return the mask grown or shrunk from its surface to ``1 + growth`` of its volume.

    Voxels are added or removed in the order of their distance from the other side, so all of the
    surface moves by about as much; of those at the same distance, some drawn from `seed`.

    Parameters
    ----------
    distance_mm
        Of the mask, by `signed_distance_mm`.
    """
    change = round(abs(growth) * np.count_nonzero(mask))
    if change == 0:
        return mask
    there = np.flatnonzero(np.isfinite(distance_mm) & (mask == (growth < 0)))
    change = min(change, there.size - 1)
    far = np.abs(distance_mm.ravel()[there])
    limit = np.partition(far, change - 1)[change - 1]
    at_limit = np.random.default_rng(seed).permutation(there[far == limit])
    sure = there[far < limit]
    result = mask.copy()
    result.ravel()[np.concatenate([sure, at_limit[: change - sure.size]])] = growth > 0
    return result


def supervoxels(
    array: NDArray[Any], mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> NDArray[np.int64]:
    """Return pieces of about 5 mm that follow the edges of the image around the tumour.

    Simple linear iterative clustering (Achanta et al., IEEE TPAMI 2012;34:2274) on intensities
    smoothed over 2 mm, so that outlines follow tissue and not noise, and scaled by their spread
    in the tumour.

    Returns
    -------
    Numbers from 1, shape of `array`; 0 far from the tumour.
    """
    window = _window(mask, spacing_mm)
    widths = [SMOOTHED_MM / step for step in spacing_mm]
    smooth = ndimage.gaussian_filter(array[window].astype(np.float64), widths)
    values = smooth[mask[window]]
    spread = values.std() or 1.0
    seen = np.clip((smooth - values.mean()) / spread, -_DEVIATIONS, _DEVIATIONS)
    image = sitk.GetImageFromArray((seen * _LEVELS_A_DEVIATION).astype(np.float32))
    slic = sitk.SLICImageFilter()
    slic.SetNumberOfThreads(1)  # the centres are sums, added up in the order of the threads
    slic.SetSuperGridSize([max(2, round(SUPERVOXEL_MM / step)) for step in spacing_mm[::-1]])
    found = np.zeros(array.shape, dtype=np.int64)
    found[window] = sitk.GetArrayFromImage(slic.Execute(image)).astype(np.int64) + 1
    return found


def redrawn(mask: NDArray[np.bool_], pieces: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Return the mask with the pieces at its border taken or left at random.

    The chance of a piece is its overlap with the mask (Zwanenburg et al., Sci Rep 2019;9:614). Of
    a tumour smaller than the pieces nothing may be left.
    """
    size = np.bincount(pieces.ravel())
    overlap = np.bincount(pieces[mask], minlength=size.size) / np.maximum(size, 1)
    chance = np.random.default_rng(seed).random(size.size)
    taken = (overlap >= ALWAYS) | ((overlap >= NEVER) & (chance < overlap))
    taken[0] = False
    return np.asarray(taken[pieces])


def _window(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> tuple[slice, slice, slice]:
    start, stop = bounding_box(mask)
    margin = np.ceil(MARGIN_MM / np.asarray(spacing_mm)).astype(int)
    return box(np.maximum(np.asarray(start) - margin, 0), np.minimum(stop + margin, mask.shape))
