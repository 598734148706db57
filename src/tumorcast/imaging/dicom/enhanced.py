"""Enhanced multi-frame CT: all slices in one file (DICOM PS3.3, C.7.6.16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.header import ENHANCED_CT, Header
from tumorcast.imaging.dicom.pixels import (
    check_all,
    check_size,
    declared_bytes,
    stored_values,
)
from tumorcast.imaging.dicom.regular import on_regular_grid
from tumorcast.imaging.dicom.rescale import AIR_HU, note_padding, rescale_slices
from tumorcast.imaging.dicom.stack import SAME_PLACE_MM, Stack, check_stack, stack_of
from tumorcast.imaging.dicom.structures import dataset_of, parsing
from tumorcast.imaging.unit import Unit
from tumorcast.imaging.volume import Volume

_COUNTS = {
    "ImagePositionPatient": 3,
    "ImageOrientationPatient": 6,
    "PixelSpacing": 2,
    "RescaleSlope": 1,
    "RescaleIntercept": 1,
}


def read_enhanced(
    headers: Sequence[Header], unit: Unit, max_gap_slices: int, findings: list[Finding] | None
) -> Volume:
    """Read one enhanced CT, or one legacy CT converted to it.

    Raises
    ------
    BadInputError
        ``DCM-20`` it is another enhanced kind, or spread over several files; ``DCM-05`` several
        frames lie at one position; and as `read_series`.
    """
    header = headers[0]
    if header.sop_class not in ENHANCED_CT or len(headers) > 1:
        raise fault(
            "DCM-20",
            f"an enhanced {header.modality} in {len(headers)} multi-frame files",
            "one enhanced CT, or a series of single slices",
            "convert it with dcm2niix and name the NIfTI file",
            header.path,
        )
    check_size(header)
    check_all(declared_bytes(header), [Path(header.path)])
    frames = _frames(header)
    stack = stack_of(frames)
    _refuse_shared_positions(stack)
    check_stack(stack, max_gap_slices, findings)
    stored = stored_values(header)
    order = [int(frame.sop_instance) for frame in stack.headers]
    values, padded = rescale_slices(stack.headers, (stored[i] for i in order))
    note_padding(padded, header, findings)
    outside = AIR_HU if unit == "HU" else 0.0
    grid, geometry = on_regular_grid(stack, values, outside, findings)
    return Volume(grid, geometry, unit)


def _frames(header: Header) -> list[Header]:
    """Return one header a frame, numbered in `sop_instance`."""
    path = Path(header.path)
    data = dataset_of(path, stop_before_pixels=True)
    with parsing(path):
        return _frames_in(data, header)


def _frames_in(data: Any, header: Header) -> list[Header]:
    shared = data.get("SharedFunctionalGroupsSequence") or ()
    each = data.get("PerFrameFunctionalGroupsSequence")
    if not each or len(each) != header.frames:
        raise fault(
            "DCM-20",
            f"{len(each or [])} functional groups for {header.frames} frames",
            "one for each frame",
            "convert it with dcm2niix and name the NIfTI file",
            header.path,
        )
    return [
        replace(
            header,
            sop_instance=str(i),
            frames=1,
            position=_numbers((group, *shared), "PlanePosition", "ImagePositionPatient"),
            orientation=_numbers((group, *shared), "PlaneOrientation", "ImageOrientationPatient"),
            spacing_mm=_numbers((group, *shared), "PixelMeasures", "PixelSpacing"),
            slope=_number((group, *shared), "RescaleSlope"),
            intercept=_number((group, *shared), "RescaleIntercept"),
        )
        for i, group in enumerate(each)
    ]


def _numbers(groups: Sequence[Any], name: str, element: str) -> tuple[float, ...]:
    """Return an element of the first group that has it; ValueError unless numbers can be its."""
    for group in groups:
        sequence = group.get(f"{name}Sequence")
        value = sequence[0].get(element) if sequence else None
        if value is not None:
            values = tuple(float(part) for part in np.atleast_1d(value))
            if len(values) != _COUNTS[element] or not all(abs(one) < 1e9 for one in values):
                raise ValueError(element)
            return values
    return ()


def _number(groups: Sequence[Any], element: str) -> float | None:
    values = _numbers(groups, "PixelValueTransformation", element)
    return values[0] if values else None


def _refuse_shared_positions(stack: Stack) -> None:
    steps: NDArray[np.float64] = stack.steps_mm
    if len(steps) and steps.min() <= SAME_PLACE_MM:
        raise fault(
            "DCM-05",
            f"several frames at {stack.depth_mm[int(steps.argmin())]:.2f} mm",
            "one frame at each position",
            "export one phase or reconstruction",
            stack.headers[0].path,
        )
