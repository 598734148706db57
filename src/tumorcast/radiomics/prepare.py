"""From an image and masks as given to the grid on which features are measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import Mask, Volume
from tumorcast.imaging.nonfinite import repair_nonfinite
from tumorcast.radiomics import grid
from tumorcast.radiomics.guards import clipped, is_plain
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
    findings
        What was repaired or clipped.
    """

    array: NDArray[Any]
    frame: Frame
    masks: Mapping[str, NDArray[np.bool_]]
    findings: list[Finding]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Along (z, y, x)."""
        x, y, z = self.frame.spacing
        return z, y, x


def prepare(scan: Scan, options: Options) -> Iterator[Prepared]:
    """Check, clip, normalise, then resample or crop; the order is PyRadiomics'.

    Each region is prepared on its own, on the box around it, as PyRadiomics prepares it: its
    values do not depend on what else is measured. Where the whole image is used, with neither
    resampling nor ``preCrop``, there is one grid for all.

    Parameters
    ----------
    scan
        The image and its regions.
    options
        The settings.

    Yields
    ------
    Grids, with all the regions between them in the order of the scan.

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
    findings: list[Finding] = []
    if options.normalize:
        array = _cleaned(scan, _whole(scan), options, findings)
        scan = replace(scan, volume=replace(scan.volume, array=_normalised(scan, array, options)))
        options = replace(options, intensity_range=None)
    if _resamples(options):
        for part, box in _by_box(scan):
            yield from _resampled(part, box, options, findings)
    elif options.pre_crop:
        yield from (_cropped(*part, options, [*findings]) for part in _by_box(scan))
    else:
        array = _cleaned(scan, _whole(scan), options, findings)
        masks = {name: mask.array for name, mask in scan.masks.items()}
        yield Prepared(array, scan.frame, masks, findings)


def conditioned(scan: Scan, options: Options, findings: list[Finding]) -> Scan:
    """Return the scan checked, finite, clipped and normalised, on its own grid; as `prepare`."""
    for name, mask in scan.masks.items():
        _refuse_empty(name, mask.array)
    scan = _on_image_grid(scan, options)
    array = _cleaned(scan, _whole(scan), options, findings)
    if options.normalize:
        array = _normalised(scan, array, options)
    return replace(scan, volume=replace(scan.volume, array=array))


def _resamples(options: Options) -> bool:
    return options.resampled_spacing_mm is not None and options.interpolator is not None


def _by_box(scan: Scan) -> Iterator[tuple[Scan, grid.BoxXyz]]:
    """Yield the scan with the regions of one box, and this box, for every box that there is."""
    boxes: dict[bytes, tuple[grid.BoxXyz, dict[str, Mask]]] = {}
    for name, mask in scan.masks.items():
        box = grid.bounding_box_xyz(mask.array)
        boxes.setdefault(np.array(box).tobytes(), (box, {}))[1][name] = mask
    for box, masks in boxes.values():
        yield replace(scan, masks=masks), box


def _on_image_grid(scan: Scan, options: Options) -> Scan:
    mask = next(iter(scan.masks.values()))
    if _resamples(options) or _coincide(scan.volume, mask, options.geometry_tolerance):
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
        box = grid.bounding_box_xyz(mask.array)
        grid.refuse_outside(geometry.shape, scan.frame, box, scan.mask_frame)
        array = grid.nearest(mask.array, scan.mask_frame, _empty_like(scan))
        _refuse_empty(name, array, " on the grid of the image")
        masks[name] = Mask(array, geometry, mask.name)
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


def _whole(scan: Scan) -> grid.Box:
    z, y, x = (slice(0, size) for size in scan.volume.array.shape)
    return z, y, x


def _cleaned(scan: Scan, part: grid.Box, options: Options, findings: list[Finding]) -> NDArray[Any]:
    """Return a part of the image, finite and within the declared range."""
    array = scan.volume.array[part]
    if is_plain(array, options):
        return array
    start, stop = ([each.start for each in part], [each.stop for each in part])
    volume = scan.volume.crop(start, stop)
    masks = {name: mask.crop(start, stop) for name, mask in _on_image(scan).items()}
    volume, repaired = repair_nonfinite(volume, Mask(_union(masks), volume.geometry))
    if repaired:
        findings.append(repaired)
    return clipped(volume, masks, options, findings).array


def _normalised(scan: Scan, array: NDArray[Any], options: Options) -> NDArray[Any]:
    """Return the image with mean 0 and deviation ``normalizeScale`` over all its voxels."""
    found = sitk.GetArrayFromImage(sitk.Normalize(scan.frame.image_of(array)))
    if options.remove_outliers is not None:
        np.clip(found, -options.remove_outliers, options.remove_outliers, out=found)
    scaled: NDArray[Any] = found * options.normalize_scale
    return scaled


def _union(masks: Mapping[str, Mask]) -> NDArray[np.bool_]:
    union: NDArray[np.bool_] = np.logical_or.reduce([mask.array for mask in masks.values()])
    return union


def _resampled(
    scan: Scan, box: grid.BoxXyz, options: Options, findings: list[Finding]
) -> Iterator[Prepared]:
    """Yield the regions of a box on the resampled grid around it."""
    shape = scan.volume.array.shape
    grid.refuse_outside(shape, scan.frame, box, scan.mask_frame)
    spacing = grid.target_spacing(options, scan.mask_frame, box[1])
    if np.allclose(scan.frame.spacing, spacing):
        parts = _by_box(replace(scan, masks=_on_image(scan)))
        yield from (_cropped(*part, options, [*findings]) for part in parts)
        return
    mask_shape = next(iter(scan.masks.values())).array.shape
    target = grid.resampling_grid(mask_shape, scan.mask_frame, box, spacing, options.pad_distance)
    resampling = grid.Resampling(shape, scan.frame, target, str(options.interpolator))
    moved = {
        name: grid.nearest(each.array, scan.mask_frame, target) for name, each in scan.masks.items()
    }
    for name, array in moved.items():
        _refuse_empty(name, array, " left after resampling")
    own = [*findings]
    resampled = resampling.resampled(_cleaned(scan, resampling.part, options, own))
    yield Prepared(resampled, Frame.of_image(target), moved, own)


def _cropped(scan: Scan, box: grid.BoxXyz, options: Options, findings: list[Finding]) -> Prepared:
    """Return the regions of a box on the image's grid around it."""
    part = grid.crop_box(scan.volume.geometry.shape, *box, options.pad_distance)
    array = np.ascontiguousarray(_cleaned(scan, part, options, findings))
    inside = {name: np.ascontiguousarray(mask.array[part]) for name, mask in scan.masks.items()}
    return Prepared(array, scan.frame, inside, findings)
