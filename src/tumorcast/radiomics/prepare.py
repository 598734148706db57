"""From an image and masks as given to the grid on which features are measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Mask, Volume
from tumorcast.imaging.nonfinite import repair_nonfinite
from tumorcast.radiomics import grid
from tumorcast.radiomics.guards import clipped
from tumorcast.radiomics.inputs import Frame, Scan
from tumorcast.radiomics.itk import sitk
from tumorcast.radiomics.options import Options


@dataclass(frozen=True, eq=False)
class Prepared:
    """Image and regions on one grid.

    Parameters
    ----------
    array
        Shape (z, y, x), in the number type of the input (float64 after normalisation).
    frame
        Where the grid lies.
    masks
        Voxels of each region, by name, shape (z, y, x).
    """

    array: NDArray[Any]
    frame: Frame
    masks: Mapping[str, NDArray[np.bool_]]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Along (z, y, x)."""
        x, y, z = self.frame.spacing
        return z, y, x


def prepare(scan: Scan, options: Options, findings: list[Finding]) -> Prepared:
    """Check, clip, normalise, then resample or crop; the order is PyRadiomics'.

    Parameters
    ----------
    scan
        The image and its regions.
    options
        The settings.
    findings
        Receives what was repaired or clipped.

    Raises
    ------
    BadInputError
        ``RAD-04`` a region has no voxel, before or after resampling; ``RAD-06`` it reaches out of
        the image; ``RAD-07`` image and mask have different grids and neither resampling nor
        ``correctMask`` is asked for; ``IMG-06`` there are NaN or infinite values in a region.
    """
    for name, mask in scan.masks.items():
        _refuse_empty(name, mask.array)
    scan = _on_image_grid(scan, options)
    scan = replace(scan, volume=_finite(scan, findings))
    scan = replace(scan, volume=clipped(scan.volume, _on_image(scan), options, findings))
    if options.normalize:
        scan = replace(scan, volume=_normalised(scan, options))
    if options.resampled_spacing_mm is not None and options.interpolator is not None:
        return _resampled(scan, options)
    return _cropped(scan, options)


def _on_image_grid(scan: Scan, options: Options) -> Scan:
    resampling = options.resampled_spacing_mm is not None and options.interpolator is not None
    mask = next(iter(scan.masks.values()))
    if resampling or _coincide(scan.volume, mask, options.geometry_tolerance):
        return scan
    if not options.correct_mask:
        raise BadInputError(
            "RAD-07",
            f"the mask's grid ({_described(mask)}) is not the image's ({_described(scan.volume)})",
            expected="image and mask on one grid",
            fix="use the mask drawn on this image, or set correctMask: true to resample it",
        )
    return replace(scan, masks=_on_image(scan), mask_frame=scan.frame)


def _on_image(scan: Scan) -> dict[str, Mask]:
    """Return the masks on the image's grid, by nearest neighbour where theirs is another."""
    geometry = scan.volume.geometry
    masks = {}
    for name, mask in scan.masks.items():
        if mask.geometry == geometry:
            masks[name] = mask
            continue
        image, label = _empty_like(scan), scan.mask_frame.image_of(mask.array)
        grid.refuse_outside(image, label, *grid.bounding_box_xyz(mask.array))
        masks[name] = Mask(grid.nearest(label, image), geometry, mask.name)
        _refuse_empty(name, masks[name].array, " on the grid of the image")
    return masks


def _empty_like(scan: Scan) -> Any:
    return scan.frame.image_of(np.zeros(scan.volume.array.shape, np.uint8))


def _coincide(volume: Volume, mask: Mask, tolerance: float | None) -> bool:
    ours, theirs = volume.geometry, mask.geometry
    if tolerance is None or ours.shape != theirs.shape:
        return ours.coincides_with(theirs)
    distance_mm = np.abs(ours.corners_lps() - theirs.corners_lps()).max()
    return bool(distance_mm <= tolerance * min(ours.spacing_mm))


def _described(raster: Volume | Mask) -> str:
    shape = " x ".join(str(size) for size in raster.geometry.shape)
    spacing = " x ".join(f"{step:.4g}" for step in raster.geometry.spacing_mm)
    origin = ", ".join(f"{x:.2f}" for x in raster.geometry.origin_mm)
    return f"{shape} voxels of {spacing} mm from ({origin})"


def _refuse_empty(name: str, array: NDArray[np.bool_], after: str = "") -> None:
    if not array.any():
        raise BadInputError(
            "RAD-04",
            f"region '{name}' has no voxel{after}",
            expected="a region of at least one voxel",
            fix="leave this region out, or draw it again",
        )


def _finite(scan: Scan, findings: list[Finding]) -> Volume:
    volume = scan.volume
    if volume.array.dtype.kind != "f" or bool(np.isfinite(volume.array).all()):
        return volume
    mask = Mask(_union(_on_image(scan)), volume.geometry)
    volume, repaired = repair_nonfinite(volume, mask)
    if repaired:
        findings.append(repaired)
    return volume


def _normalised(scan: Scan, options: Options) -> Volume:
    """Return the image with mean 0 and deviation ``normalizeScale`` over all its voxels."""
    array = sitk.GetArrayFromImage(sitk.Normalize(scan.frame.image_of(scan.volume.array)))
    if options.remove_outliers is not None:
        np.clip(array, -options.remove_outliers, options.remove_outliers, out=array)
    return replace(scan.volume, array=array * options.normalize_scale)


def _union(masks: Mapping[str, Mask]) -> NDArray[np.bool_]:
    union: NDArray[np.bool_] = np.logical_or.reduce([mask.array for mask in masks.values()])
    return union


def _resampled(scan: Scan, options: Options) -> Prepared:
    image = scan.frame.image_of(scan.volume.array)
    labels = {name: scan.mask_frame.image_of(mask.array) for name, mask in scan.masks.items()}
    label = next(iter(labels.values()))
    first, size = grid.bounding_box_xyz(_union(scan.masks))
    grid.refuse_outside(image, label, first, size)
    spacing = grid.target_spacing(options, label, size)
    if np.allclose(image.GetSpacing(), spacing):
        geometry = scan.volume.geometry
        masks = {name: Mask(grid.nearest(item, image), geometry) for name, item in labels.items()}
        return _cropped(replace(scan, masks=masks), replace(options, pre_crop=True))
    target = grid.resampling_grid(label, first, size, spacing, options.pad_distance)
    resampled = grid.resample(image, target, str(options.interpolator))
    arrays = {name: grid.nearest(item, target) for name, item in labels.items()}
    for name, array in arrays.items():
        _refuse_empty(name, array, " left after resampling")
    return Prepared(resampled, Frame.of_image(target), arrays)


def _cropped(scan: Scan, options: Options) -> Prepared:
    if not options.pre_crop:
        arrays = {name: mask.array for name, mask in scan.masks.items()}
        return Prepared(scan.volume.array, scan.frame, arrays)
    first, size = grid.bounding_box_xyz(_union(scan.masks))
    box = grid.crop_box(scan.volume.geometry.shape, first, size, options.pad_distance)
    arrays = {name: np.ascontiguousarray(mask.array[box]) for name, mask in scan.masks.items()}
    return Prepared(np.ascontiguousarray(scan.volume.array[box]), scan.frame, arrays)
