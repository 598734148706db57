"""A region of an RTSTRUCT as a mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.choice import chosen
from tumorcast.imaging.dicom.faults import fault, note
from tumorcast.imaging.dicom.fill import filled
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.dicom.reference import (
    check_images,
    referenced_geometry,
    series_geometry,
)
from tumorcast.imaging.dicom.structures import Structure, read_structures
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.mask import Mask

_ON_SLICE = 0.02
_LARGEST_SNAP = 0.5
_MOST_OUTSIDE = 0.05
_ROUNDING = 1e-4


def read_rtstruct(
    path: Path,
    roi: str | None = None,
    *,
    geometry: Geometry | DicomSeries | None = None,
    findings: list[Finding] | None = None,
) -> Mask:
    """Fill the contours of one region on the grid of its image.

    The rule is that of `tumorcast.imaging.dicom.fill`: voxel centres, outlines on one slice
    combined by exclusive or. Contours between slices go to the nearest slice, up to half a slice
    away; where the contours of several planes would go to one slice, the nearest plane's do. A
    contour so small that it holds no voxel centre marks the voxel nearest to its middle.

    Parameters
    ----------
    path
        The structure set.
    roi
        Name of the region, or a regular expression for it; ``None`` takes the only one.
    geometry
        Grid of the image, or the series on which it was drawn. ``None`` looks for the series that
        the structure set names, in its folder and the one above.
    findings
        Receives what was repaired or noticed.

    Raises
    ------
    BadInputError
        ``RTS-01`` none or several regions match; ``RTS-02`` it was drawn on another image;
        ``RTS-03`` it has no closed contour; ``RTS-04`` a contour is not parallel to the slices;
        ``RTS-05`` more than 5% of its points lie outside the image; ``RTS-08`` it cannot be read;
        ``MSK-02`` it holds no voxel.
    """
    structures = read_structures(path)
    structure = structures[chosen([one.name for one in structures], roi, str(path))]
    if not structure.outlines:
        raise _nothing_drawn(structure, path)
    if geometry is None:
        geometry, headers = referenced_geometry(path, structure.series)
        check_images(structure, headers, path, findings)
    elif isinstance(geometry, DicomSeries):
        listed = geometry.headers()
        check_images(structure, listed, path, findings)
        geometry = series_geometry(listed)
    _check_frame(structure, geometry, path)
    indices = [geometry.lps_to_index(outline) for outline in structure.outlines]
    _check_inside(structure, indices, geometry, path, findings)
    array = _filled(structure, indices, geometry, path, findings)
    if not array.any():
        raise BadInputError(
            "MSK-02",
            f"region '{structure.name}' holds no voxel of the image",
            expected="at least one voxel of tumour",
            fix="draw the tumour, or leave this image out for this case",
            file=str(path),
        )
    return Mask(array, geometry, structure.name)


def _filled(
    structure: Structure,
    indices: list[NDArray[np.float64]],
    geometry: Geometry,
    path: Path,
    findings: list[Finding] | None,
) -> NDArray[np.bool_]:
    array = np.zeros(geometry.shape, dtype=bool)
    tiny = 0
    slices = _by_slice(structure, indices, path, findings)
    for k, outlines in slices.items():
        if not 0 <= k < geometry.shape[0]:
            continue
        array[k] = filled(outlines, geometry.shape[1:])
        tiny += sum(_mark_tiny(array[k], outline) for outline in outlines)
    _note_small(structure, tiny, path, findings)
    _note_skipped(structure, sorted(slices), path, findings)
    return array


def _by_slice(
    structure: Structure,
    indices: list[NDArray[np.float64]],
    path: Path,
    findings: list[Finding] | None,
) -> dict[int, list[NDArray[np.float64]]]:
    """Return the outlines (row, column) of each slice, from the plane nearest to it."""
    planes: dict[int, dict[float, list[NDArray[np.float64]]]] = {}
    farthest, dropped = 0.0, 0
    for index in indices:
        depth = float(np.median(index[:, 0]))
        if np.ptp(index[:, 0]) > _LARGEST_SNAP:
            raise _oblique(structure, float(np.ptp(index[:, 0])), path)
        k = round(depth)
        farthest = max(farthest, abs(depth - k))
        planes.setdefault(k, {}).setdefault(round(depth, 3), []).append(index[:, 1:])
    nearest = {}
    for k, found in planes.items():
        depth = min(found, key=lambda depth: (abs(depth - k), depth))
        nearest[k] = [outline for d in found if abs(d - depth) <= _ON_SLICE for outline in found[d]]
        dropped += sum(map(len, found.values())) - len(nearest[k])
    if farthest > _ON_SLICE:
        extra = f"; {dropped} contours of farther planes were left out" if dropped else ""
        note(
            findings,
            Finding(
                "RTS-04",
                "repaired",
                f"contours of '{structure.name}' up to {farthest:.2g} slices off the slices",
                "contours on the image's slices",
                f"nothing to do: each went to the nearest slice{extra}",
                file=str(path),
            ),
        )
    return nearest


def _mark_tiny(plane: NDArray[np.bool_], outline: NDArray[np.float64]) -> bool:
    """Mark the voxel at an outline's middle if the outline holds no voxel centre."""
    low = np.clip(np.floor(outline.min(axis=0)), 0, plane.shape).astype(int)
    high = np.clip(np.ceil(outline.max(axis=0)) + 1, 0, plane.shape).astype(int)
    if len(outline) < 3 or (high - low > 3).any() or (high <= low).any():
        return False
    if filled([outline - low], (int(high[0] - low[0]), int(high[1] - low[1]))).any():
        return False
    row, column = np.rint((outline.min(axis=0) + outline.max(axis=0)) / 2).astype(int)
    if not (0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]):
        return False
    plane[row, column] = True
    return True


def _check_frame(structure: Structure, geometry: Geometry, path: Path) -> None:
    drawn, image = structure.frame_of_reference, geometry.frame_of_reference
    if drawn and image and drawn != image:
        raise fault(
            "RTS-02",
            f"region '{structure.name}' drawn in frame of reference {drawn}, the image has {image}",
            "contours drawn on this image",
            "name the image on which it was drawn, or register the two first",
            path,
        )


def _check_inside(
    structure: Structure,
    indices: list[NDArray[np.float64]],
    geometry: Geometry,
    path: Path,
    findings: list[Finding] | None,
) -> None:
    points = np.concatenate(indices)
    low, high = -0.5 - _ROUNDING, np.asarray(geometry.shape) - 0.5 + _ROUNDING
    outside = float(np.mean(np.any((points < low) | (points > high), axis=1)))
    found = f"{outside:.1%} of the points of '{structure.name}' outside the image"
    expected = f"at most {_MOST_OUTSIDE:.0%}"
    if outside > _MOST_OUTSIDE:
        fix = "export the whole series on which it was drawn"
        raise fault("RTS-05", found, expected, fix, path)
    if outside > 0:
        fix = "nothing to do: the region was cut at the image's edge"
        note(findings, Finding("RTS-05", "repaired", found, "none", fix, file=str(path)))


def _nothing_drawn(structure: Structure, path: Path) -> BadInputError:
    kinds = ", ".join(sorted(set(structure.other_kinds)))
    found = f"only contours of type {kinds}" if kinds else "no contours"
    return fault(
        "RTS-03",
        f"region '{structure.name}' with {found}",
        "closed planar contours",
        "draw the region, or choose another",
        path,
    )


def _oblique(structure: Structure, spread: float, path: Path) -> BadInputError:
    return fault(
        "RTS-04",
        f"a contour of '{structure.name}' that crosses {spread:.2g} slices",
        "contours parallel to the slices",
        "draw the region on this image's slices",
        path,
    )


def _note_small(
    structure: Structure, tiny: int, path: Path, findings: list[Finding] | None
) -> None:
    if tiny:
        note(
            findings,
            Finding(
                "RTS-06",
                "repaired",
                f"contours of '{structure.name}' that hold no voxel centre: {tiny}",
                "contours larger than a voxel",
                "nothing to do: the voxel nearest to the middle of each was taken",
                file=str(path),
            ),
        )


def _note_skipped(
    structure: Structure, drawn: list[int], path: Path, findings: list[Finding] | None
) -> None:
    between = drawn[-1] - drawn[0] + 1 - len(drawn)
    if between:
        note(
            findings,
            Finding(
                "RTS-07",
                "warning",
                f"{between} slices without a contour between the first and the last of "
                f"'{structure.name}'",
                "contours on each slice, or separate lesions",
                "look at the mask: interpolate the contours in the planning system if it is one "
                "lesion",
                file=str(path),
            ),
        )
