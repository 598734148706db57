"""A mask from whatever DICOM object it was drawn in."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.choice import chosen, matching
from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.folder import dicom_files
from tumorcast.imaging.dicom.header import RTSTRUCT, SEGMENTATION, read_header
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.dicom.reference import series_geometry
from tumorcast.imaging.dicom.rtstruct import read_rtstruct
from tumorcast.imaging.dicom.seg import read_seg
from tumorcast.imaging.dicom.structures import roi_names
from tumorcast.imaging.geometry import Geometry
from tumorcast.imaging.guard import guarded
from tumorcast.imaging.mask import Mask


def read_dicom_mask(
    path: Path,
    roi: str | None = None,
    *,
    label: int | None = None,
    threshold: float | None = None,
    geometry: Geometry | DicomSeries | None = None,
    findings: list[Finding] | None = None,
) -> Mask:
    """Read a region from an RTSTRUCT or SEG file, or from the only one in a folder.

    Raises
    ------
    BadInputError
        ``RTS-08`` the file is neither, or the folder holds none or several; and as
        `read_rtstruct` and `read_seg`.
    """
    file = _only_one(path) if path.is_dir() else path
    force = isinstance(geometry, DicomSeries) and geometry.force
    sop_class = read_header(file, force=force).sop_class
    if sop_class == SEGMENTATION:
        if isinstance(geometry, DicomSeries):
            geometry = series_geometry(geometry.headers())
        return read_seg(
            file, roi, label=label, threshold=threshold, geometry=geometry, findings=findings
        )
    if sop_class != RTSTRUCT:
        raise _no_mask(f"a DICOM object of class {sop_class}", file)
    return read_rtstruct(file, roi, geometry=geometry, findings=findings)


@guarded
def read_combined(
    path: Path,
    roi: str,
    *,
    geometry: Geometry | None = None,
    findings: list[Finding] | None = None,
) -> Mask:
    """Read the union of all regions of an RTSTRUCT whose names match, under the name `roi`.

    Raises
    ------
    BadInputError
        ``RTS-01`` none matches; and as `read_rtstruct`, for each of them.
    """
    file = _only_one(path) if path.is_dir() else path
    names = roi_names(file)
    matches = [names[i] for i in matching(names, roi)]
    if not matches:
        chosen(names, roi, str(file))
    first, *others = (
        read_rtstruct(file, name, geometry=geometry, findings=findings) for name in matches
    )
    array = np.logical_or.reduce([first.array, *(other.array for other in others)])
    return Mask(array, first.geometry, roi)


def _only_one(folder: Path) -> Path:
    masks = [
        path
        for path in dicom_files(folder)
        if read_header(path).sop_class in {RTSTRUCT, SEGMENTATION}
    ]
    if len(masks) != 1:
        names = ", ".join(path.name for path in masks) or "none"
        raise _no_mask(f"{len(masks)} structure sets and segmentations: {names}", folder)
    return masks[0]


def _no_mask(found: str, path: Path) -> Exception:
    return fault(
        "RTS-08", found, "one RTSTRUCT or SEG", "name the file that holds the contours", path
    )
