"""Image and regions on a grid that is rotated and shifted by parts of a voxel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.imaging import Geometry, Interpolation, Mask, resample_to
from tumorcast.radiomics.grid import (
    Resampling,
    bounding_box_xyz,
    nearest,
    resampling_grid,
    target_spacing,
)
from tumorcast.radiomics.inputs import Frame, Scan
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.perturb.draw import Draw
from tumorcast.radiomics.prepare import Prepared

_INTERPOLATION: dict[str, Interpolation] = {
    "sitkNearestNeighbor": "nearest",
    "sitkLinear": "linear",
}
"""The others are B-splines of some order and are taken to be cubic."""


def on_moved_grid(scan: Scan, options: Options, draw: Draw) -> Prepared:
    """Return image and regions on one grid around all regions, moved as drawn.

    The image is interpolated once, from its own voxels. Without rotation and shift the grid is
    the one on which the regions together would be measured.

    Parameters
    ----------
    scan
        As `conditioned` returns it.
    options
        Spacing, interpolator and padding. Without resampling, the mask's own spacing is kept.
    draw
        Rotation about the slices' normal and shift.
    """
    union = np.logical_or.reduce([mask.array for mask in scan.masks.values()])
    resampling = options.resampled_spacing_mm is not None and options.interpolator is not None
    if not resampling:
        options = replace(options, resampled_spacing_mm=(0.0, 0.0, 0.0), interpolator="sitkBSpline")
    box = bounding_box_xyz(union)
    spacing = target_spacing(options, scan.mask_frame, box[1])
    if draw.angle_deg:
        return _turned(scan, options, _turned_grid(scan, union, spacing, options, draw))
    target = resampling_grid(union.shape, scan.mask_frame, box, spacing, options.pad_distance)
    direction = np.array(target.GetDirection()).reshape(3, 3)
    shift_mm = direction @ (np.array(draw.shift) * spacing)
    target.SetOrigin((np.array(target.GetOrigin()) + shift_mm).tolist())
    return _shifted(scan, options, target)


def _shifted(scan: Scan, options: Options, target: Any) -> Prepared:
    array = scan.volume.array
    resampling = Resampling(array.shape, scan.frame, target, str(options.interpolator))
    masks = {
        name: nearest(mask.array, scan.mask_frame, target) for name, mask in scan.masks.items()
    }
    moved = resampling.resampled(array[resampling.part])
    return Prepared(moved, Frame.of_image(target), masks, [])


def _turned(scan: Scan, options: Options, geometry: Geometry) -> Prepared:
    """Return the scan on a grid not parallel to its own; beyond the image is its minimum."""
    array = scan.volume.array
    method = _INTERPOLATION.get(str(options.interpolator), "bspline")
    here = replace(scan.volume, geometry=_unnamed(scan.volume.geometry))
    moved = resample_to(here, geometry, method, outside=float(array.min())).array
    if array.dtype.kind in "iu":
        limits = np.iinfo(array.dtype)
        moved = np.clip(np.rint(moved), limits.min, limits.max).astype(array.dtype)
    masks = {name: _nearest(mask, geometry) for name, mask in scan.masks.items()}
    return Prepared(moved, Frame.of_geometry(geometry), masks, [])


def _nearest(mask: Mask, geometry: Geometry) -> NDArray[np.bool_]:
    return resample_to(replace(mask, geometry=_unnamed(mask.geometry)), geometry, "nearest").array


def _unnamed(geometry: Geometry) -> Geometry:
    return replace(geometry, frame_of_reference="")


def _turned_grid(
    scan: Scan, union: NDArray[np.bool_], spacing: NDArray[np.float64], options: Options, draw: Draw
) -> Geometry:
    """Return the grid around all regions, turned about their middle; axes (x, y, z) inside."""
    own = np.array(scan.mask_frame.spacing)
    direction = np.array(scan.mask_frame.direction).reshape(3, 3)
    first, size = bounding_box_xyz(union)
    middle = np.array(scan.mask_frame.origin) + direction @ ((first + (size - 1) / 2) * own)
    angle = np.deg2rad(draw.angle_deg)
    turn = np.array([
        [np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]
    ])  # fmt: skip
    half = np.abs(turn) @ (size * own / 2) + options.pad_distance * spacing
    count = np.ceil(2 * half / spacing).astype(int) + 1
    turned = direction @ turn
    origin = middle + turned @ ((np.array(draw.shift) - (count - 1) / 2) * spacing)
    return Geometry.from_parts(count[::-1].tolist(), spacing[::-1], turned[:, ::-1], origin)
