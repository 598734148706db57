"""Three planes through a tumour on square pixels, for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging import Geometry, Mask, Unit, Volume, resample_to

WINDOWS: Mapping[Unit, tuple[float, float]] = {"HU": (-160.0, 240.0), "SUVbw": (0.0, 10.0)}
"""Shown range by unit; other images are shown from their 1st to their 99th percentile."""

PLANES: Mapping[str, int] = {"axial": 0, "coronal": 1, "sagittal": 2}
"""The array axis (z, y, x) that each plane is perpendicular to."""

MARGIN_MM = 25.0
MAX_SIDE_MM = 400.0


@dataclass(frozen=True)
class View:
    """Square, isotropic grids through the tumour, by plane, and the size of their pixels."""

    grids: Mapping[str, Geometry]
    pixel_mm: float


def view_of(tumor: Mask, side_pixels: int) -> View:
    """Return the planes that halve the volume of a tumour whose array axes are (S, P, L)."""
    geometry = tumor.geometry
    start, stop = (np.asarray(corner) for corner in tumor.bounding_box())
    extent_mm = (stop - start) * np.asarray(geometry.spacing_mm)
    pixel_mm = min(float(extent_mm.max()) + 2 * MARGIN_MM, MAX_SIDE_MM) / side_pixels
    middle = geometry.index_to_lps((start + stop - 1) / 2)
    halving = geometry.index_to_lps([_halving_index(tumor.array, axis) for axis in range(3)])
    first = middle - geometry.direction.sum(axis=1) * pixel_mm * (side_pixels - 1) / 2
    grids = {}
    for plane, axis in PLANES.items():
        normal = geometry.direction[:, axis]
        origin = first + normal * float(normal @ (halving - first))
        shape = [side_pixels] * 3
        shape[axis] = 1
        grids[plane] = Geometry.from_parts(
            shape, [pixel_mm] * 3, geometry.direction, origin.tolist(), geometry.frame_of_reference
        )
    return View(grids, pixel_mm)


def window_of(volume: Volume, view: View) -> tuple[float, float]:
    """Return the range of values that is shown."""
    if volume.unit in WINDOWS:
        return WINDOWS[volume.unit]
    low, high = np.percentile(resample_to(volume, view.grids["axial"], "linear").array, [1, 99])
    return float(low), max(float(high), float(low) + 1e-6)


def grey_of(values: NDArray[Any], window: tuple[float, float]) -> NDArray[np.uint8]:
    """Return values as 8-bit grey levels."""
    low, high = window
    grey: NDArray[np.uint8] = np.round(np.clip((values - low) / (high - low), 0, 1) * 255)
    return grey.astype(np.uint8)


def upright(array: NDArray[Any], plane: str) -> NDArray[Any]:
    """Return the plane as rows and columns, the head at the top."""
    flat = array.squeeze(axis=PLANES[plane])
    return flat if plane == "axial" else flat[::-1]


def _halving_index(array: NDArray[np.bool_], axis: int) -> int:
    areas = np.cumsum(array.sum(axis=tuple({0, 1, 2} - {axis})))
    return int(np.searchsorted(areas, areas[-1] / 2))
