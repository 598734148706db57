"""What is drawn in an RTSTRUCT (DICOM PS3.3, C.8.8.5 and C.8.8.6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.scan import scan
from tumorcast.imaging.guard import allow, guarded
from tumorcast.imaging.stored import damaged

_CONTOUR_DATA = 0x30060050
_BYTES_IN_A_SECOND = 1e6
"""Sequences are parsed far more slowly than voxels are read."""


@dataclass(frozen=True, eq=False)
class Structure:
    """One region of interest.

    Parameters
    ----------
    name
        ROI Name.
    frame_of_reference
        UID of the space in which it was drawn.
    outlines
        Closed planar contours, each of shape (points, 3), LPS in mm.
    other_kinds
        Geometric types of contours that enclose nothing (POINT, or fewer than three points).
    images
        SOP Instance UIDs of the slices that its contours name.
    series
        Series Instance UIDs that the structure set names.
    """

    name: str
    frame_of_reference: str
    outlines: tuple[NDArray[np.float64], ...]
    other_kinds: tuple[str, ...]
    images: frozenset[str]
    series: frozenset[str]


def read_structures(path: Path) -> tuple[Structure, ...]:
    """Read every region of a structure set, in the order of their definition.

    Raises
    ------
    BadInputError
        ``IMG-02`` the file is damaged; ``RTS-08`` it is no structure set, or a contour is not made
        of points.
    """
    data = dataset_of(path)
    with parsing(path):
        is_drawn = data.get("Modality") == "RTSTRUCT" and bool(data.get("StructureSetROISequence"))
    if not is_drawn:
        raise fault(
            "RTS-08",
            "a DICOM object without regions",
            "an RTSTRUCT",
            "name the structure set that holds the contours",
            path,
        )
    with parsing(path):
        series = series_named_by(data)
        drawn = {
            str(item.get("ReferencedROINumber")): item
            for item in data.get("ROIContourSequence") or ()
        }
        return tuple(
            _structure(roi, drawn.get(str(roi.get("ROINumber"))), series, path)
            for roi in data.StructureSetROISequence
        )


@guarded
def roi_names(path: str | Path) -> tuple[str, ...]:
    """Return the names of the regions in a structure set."""
    return tuple(structure.name for structure in read_structures(Path(path)))


def dataset_of(path: Path, **how: Any) -> Any:
    """Return a whole pydicom data set, also of a file without prefix that is read by `force`.

    Raises
    ------
    BadInputError
        As `tumorcast.imaging.dicom.scan.scan`, which judges the file before it is parsed.
    """
    pydicom: Any = import_module("pydicom")
    scan(path, frozenset(), force=True)
    allow(seconds=path.stat().st_size / _BYTES_IN_A_SECOND)
    with parsing(path):
        return pydicom.dcmread(path, force=True, **how)


@contextmanager
def parsing(path: Path) -> Iterator[None]:
    """Name the file when a library fails on it, in whatever way: it may hold anything.

    Raises
    ------
    BadInputError
        ``DCM-17`` its sequences are nested too deeply; ``IMG-02`` any other failure.
    """
    try:
        yield
    except (BadInputError, MemoryError):
        raise
    except RecursionError as error:
        raise fault(
            "DCM-17",
            "sequences nested too deeply to be read",
            "at most 100 levels",
            "check where the file comes from",
            path,
        ) from error
    except Exception as error:
        raise damaged(f"the file cannot be read ({type(error).__name__})", path) from error


def _structure(roi: Any, item: Any, series: frozenset[str], path: Path) -> Structure:
    outlines, other, images = [], [], set()
    for contour in (item.get("ContourSequence") if item is not None else None) or ():
        kind = str(contour.get("ContourGeometricType", ""))
        images |= {
            str(image.ReferencedSOPInstanceUID)
            for image in contour.get("ContourImageSequence") or ()
        }
        closed = kind in {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}
        points = _points(contour, path) if closed else np.empty((0, 3))
        if len(points) >= 3:
            outlines.append(points)
        else:
            other.append(f"{kind} of {len(points)} points" if closed else kind)
    return Structure(
        str(roi.get("ROIName", "")),
        str(roi.get("ReferencedFrameOfReferenceUID", "")),
        tuple(outlines),
        tuple(other),
        frozenset(images),
        series,
    )


def _points(contour: Any, path: Path) -> NDArray[np.float64]:
    """Return the points, read from the raw text: pydicom's own numbers are 50 times slower."""
    value = contour.get_item(_CONTOUR_DATA).value
    parts = value.split(b"\\") if isinstance(value, bytes) else value
    numbers = np.array([float(part) for part in parts or ()], dtype=np.float64)
    if len(numbers) % 3 or not np.isfinite(numbers).all():
        raise _unreadable(path, f"a contour of {len(numbers)} numbers")
    return numbers.reshape(-1, 3)


def series_named_by(data: Any) -> frozenset[str]:
    """Return the Series Instance UIDs that a structure set names."""
    return frozenset(
        str(series.SeriesInstanceUID)
        for frame in data.get("ReferencedFrameOfReferenceSequence") or ()
        for study in frame.get("RTReferencedStudySequence") or ()
        for series in study.get("RTReferencedSeriesSequence") or ()
    )


def _unreadable(path: Path, found: str) -> BadInputError:
    return fault(
        "RTS-08",
        f"contours that cannot be read ({found})",
        "three finite coordinates a point",
        "export the structure set again",
        path,
    )
