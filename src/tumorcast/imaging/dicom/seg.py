"""A segment of a DICOM segmentation as a mask (DICOM PS3.3, C.8.20)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.choice import chosen
from tumorcast.imaging.dicom.faults import cut_short, fault, note
from tumorcast.imaging.dicom.pixels import MAX_SIDE, check_all
from tumorcast.imaging.dicom.structures import dataset_of, parsing
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.matching import match_to_image
from tumorcast.imaging.orthonormal import straightened
from tumorcast.imaging.stored import MAX_DECLARED_BYTES, damaged

_SAME_PLACE_VOXELS = 0.01


def read_seg(
    path: Path,
    roi: str | None = None,
    *,
    label: int | None = None,
    threshold: float | None = None,
    geometry: Geometry | None = None,
    findings: list[Finding] | None = None,
) -> Mask:
    """Read one segment.

    Parameters
    ----------
    path
        The segmentation.
    roi
        Segment Label, or a regular expression for it; ``None`` takes the only one.
    label
        Segment Number, instead of `roi`.
    threshold
        For fractional segmentations: the share from which a voxel belongs to the region.
    geometry
        Grid of the image. Frames on this grid are placed exactly; others take the nearest voxel.
        ``None`` returns the box of slices that the segmentation holds.
    findings
        Receives what was repaired.

    Raises
    ------
    BadInputError
        ``RTS-01`` none or several segments match; ``SEG-01`` the frames lie on no regular grid,
        or are not described; ``MSK-04`` it is fractional and no threshold was given; ``MSK-02``
        the segment is empty; ``MSK-08`` and ``MSK-09`` as `match_to_image`; ``DCM-14``, ``DCM-15``
        and ``IMG-02`` the file is damaged.
    """
    data = dataset_of(path)
    with parsing(path):
        mask = _segment(data, path, roi, label, threshold)
    return mask if geometry is None else _placed(mask, geometry, findings)


def _segment(
    data: Any, path: Path, roi: str | None, label: int | None, threshold: float | None
) -> Mask:
    """Return one segment on its own grid."""
    try:
        segments = list(data.SegmentSequence)
        names = [str(one.get("SegmentLabel", "")) for one in segments]
        numbers = [int(one.SegmentNumber) for one in segments]
        k = _chosen_number(names, numbers, roi, label, path)
        frames = _frames_of(data, numbers[k])
        voxels = _values(data, threshold, path)[[frame for frame, _ in frames]]
        own, order = _own_grid(data, [position for _, position in frames], path)
    except (AttributeError, TypeError, IndexError, KeyError) as error:
        raise _undescribed(path, f"{type(error).__name__}: {error}") from error
    array = np.zeros(own.shape, dtype=bool)
    for place, frame in zip(order, voxels, strict=True):
        array[place] |= frame
    mask = Mask(array, own, names[k] or f"segment {numbers[k]}")
    if not array.any():
        raise BadInputError(
            "MSK-02",
            f"segment '{mask.name}' without a single voxel",
            expected="at least one voxel of tumour",
            fix="draw the tumour, or leave this image out for this case",
            file=str(path),
        )
    return mask


def _chosen_number(
    names: list[str], numbers: list[int], roi: str | None, label: int | None, path: Path
) -> int:
    if label is None:
        return chosen(names, roi, str(path))
    if label in numbers:
        return numbers.index(label)
    raise fault(
        "RTS-01",
        f"no segment {label}; the segments are {', '.join(map(str, numbers))}",
        f"segment {label}",
        f"say which is meant, such as label: {numbers[0]}",
        path,
    )


def _frames_of(data: Any, number: int) -> list[tuple[int, NDArray[np.float64]]]:
    """Return (frame index, position) of the frames of one segment."""
    shared = (data.get("SharedFunctionalGroupsSequence") or [{}])[0]
    found = []
    for i, frame in enumerate(data.PerFrameFunctionalGroupsSequence):
        owner = frame.get("SegmentIdentificationSequence") or shared.get(
            "SegmentIdentificationSequence"
        )
        if int(owner[0].ReferencedSegmentNumber) == number:
            plane = frame.get("PlanePositionSequence") or shared.get("PlanePositionSequence")
            found.append((i, np.array(plane[0].ImagePositionPatient, dtype=np.float64)))
    if not found:
        raise KeyError(f"segment {number} has no frame")
    return found


def _values(data: Any, threshold: float | None, path: Path) -> NDArray[np.bool_]:
    rows, columns, frames = int(data.Rows), int(data.Columns), int(data.get("NumberOfFrames", 1))
    count = rows * columns * frames
    if (
        max(rows, columns) > MAX_SIDE
        or min(rows, columns, frames) < 1
        or count > MAX_DECLARED_BYTES
    ):
        raise fault(
            "DCM-15",
            f"a header that declares {rows:,} x {columns:,} voxels in {frames:,} frames",
            f"up to {MAX_SIDE:,} x {MAX_SIDE:,} voxels and {MAX_DECLARED_BYTES:,} bytes in all",
            "check where the file comes from",
            path,
        )
    check_all(count, [path])
    fractional = str(data.get("SegmentationType")) == "FRACTIONAL"
    if fractional and threshold is None:
        raise BadInputError(
            "MSK-04",
            "a fractional segmentation",
            expected="a threshold for its values",
            fix="give the share at which a voxel is tumour, such as threshold: 0.5",
            file=str(path),
            consequence="ask",
        )
    stored = _stored(data, count, path).reshape(frames, rows, columns)
    if fractional:
        return np.asarray(stored >= (threshold or 0.0) * float(data.MaximumFractionalValue))
    return np.asarray(stored != 0)


def _stored(data: Any, count: int, path: Path) -> NDArray[Any]:
    if (
        data.file_meta.TransferSyntaxUID.is_compressed
        and not data.file_meta.TransferSyntaxUID.is_deflated
    ):
        try:
            return np.asarray(data.pixel_array).reshape(-1)
        except Exception as error:
            raise damaged(f"the frames cannot be decoded ({type(error).__name__})", path) from error
    packed = np.frombuffer(data.PixelData, dtype=np.uint8)
    one_bit = int(data.BitsAllocated) == 1
    needed = (count + 7) // 8 if one_bit else count
    if packed.size < needed:
        raise cut_short(path, needed, packed.size)
    return np.unpackbits(packed, count=count, bitorder="little") if one_bit else packed[:count]


def _own_grid(
    data: Any, positions: list[NDArray[np.float64]], path: Path
) -> tuple[Geometry, list[int]]:
    """Return the grid that holds the frames, and the slice of each on it."""
    shared = data.SharedFunctionalGroupsSequence[0]
    measures = shared.PixelMeasuresSequence[0]
    along = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=np.float64)
    row, column = along.reshape(2, 3)
    normal = np.cross(row, column)
    depth = np.array(positions) @ normal
    steps = np.diff(np.unique(np.round(depth, 3)))
    smallest = float(steps.min()) if len(steps) else float(measures.get("SliceThickness") or 0)
    step_mm = float(measures.get("SpacingBetweenSlices") or smallest)
    place = (depth - depth.min()) / step_mm if step_mm > 0 else np.full(len(depth), np.nan)
    if not np.all(np.abs(place - np.rint(place)) <= 10 * _SAME_PLACE_VOXELS):
        raise _undescribed(path, f"frames {smallest:.4g} mm apart")
    order = np.rint(place).astype(int).tolist()
    matrix = np.eye(4)
    spacing = [float(value) for value in measures.PixelSpacing]
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = (
        normal * step_mm,
        column * spacing[0],
        row * spacing[1],
    )
    matrix[:3, 3] = positions[int(depth.argmin())]
    shape = (max(order) + 1, int(data.Rows), int(data.Columns))
    straight = straightened(matrix, shape, None, str(path))
    frame = str(data.get("FrameOfReferenceUID", ""))
    return Geometry.of_matrix(shape, straight, frame), order


def _placed(mask: Mask, geometry: Geometry, findings: list[Finding] | None) -> Mask:
    """Return the mask on the image's grid, exactly if it was drawn on it."""
    start = geometry.lps_to_index(mask.geometry.corners_lps())
    expected = np.rint(start[0]) + np.array(list(np.ndindex(2, 2, 2))) * (
        np.asarray(mask.geometry.shape) - 1
    )
    offset = np.rint(start[0]).astype(int)
    inside = bool(np.all(offset >= 0) and np.all(offset + mask.geometry.shape <= geometry.shape))
    aligned = bool(np.abs(start - expected).max() <= _SAME_PLACE_VOXELS)
    if not (mask.geometry.same_space(geometry) and aligned and inside):
        matched, finding = match_to_image(mask, geometry)
        if finding is not None:
            note(findings, finding)
        return matched
    stop = offset + mask.geometry.shape
    array = np.zeros(geometry.shape, dtype=bool)
    z, y, x = (slice(int(a), int(b)) for a, b in zip(offset, stop, strict=True))
    array[z, y, x] = mask.array
    return Mask(array, geometry, mask.name)


def _undescribed(path: Path, found: str) -> BadInputError:
    return fault(
        "SEG-01",
        f"frames that lie on no regular grid or are not described ({found})",
        "segments, and a position for each frame",
        "export the segmentation again, or as NIfTI",
        path,
    )
