"""From stored values to the modality's unit, slice by slice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.faults import fault, note
from tumorcast.imaging.dicom.header import Header
from tumorcast.imaging.dicom.pixels import stored_values
from tumorcast.imaging.guard import empty

AIR_HU = -1000
_NO_TISSUE_HU = -1500
_LOWEST_SCANNER_HU = -1024
_LOWEST_INT16 = -32768


def scale_of(header: Header) -> tuple[float, float]:
    """Return (slope, intercept) of one slice.

    Raises
    ------
    BadInputError
        ``DCM-21`` a CT or PET without them, or a slope of zero. MR need not have them.
    """
    absent = header.slope is None or header.intercept is None
    if (absent and header.modality in {"CT", "PT"}) or header.slope == 0:
        raise fault(
            "DCM-21",
            f"Rescale Slope (0028,1053) {header.slope}, Rescale Intercept (0028,1052) "
            f"{header.intercept}",
            "both numbers, and a slope other than 0",
            "export the series again; the unit of its values cannot be known",
            header.path,
        )
    slope = 1.0 if header.slope is None else header.slope
    return slope, 0.0 if header.intercept is None else header.intercept


def rescaled(headers: Sequence[Header], findings: list[Finding] | None) -> NDArray[Any]:
    """Read the slices and return their values, shape (slices, rows, columns).

    Whole numbers stay 16-bit integers where they fit; others are float32. Padding becomes air in
    CT and 0 elsewhere.

    Raises
    ------
    BadInputError
        As `scale_of` and `stored_values`.
    """
    values, padded = rescale_slices(headers, (stored_values(header)[0] for header in headers))
    note_padding(padded, headers[0], findings)
    return values


def rescale_slices(
    headers: Sequence[Header], stored_slices: Iterable[NDArray[Any]]
) -> tuple[NDArray[Any], int]:
    """Return the values, shape (slices, rows, columns), and how many voxels were padding."""
    scales = [scale_of(header) for header in headers]
    first = headers[0]
    shape = (len(headers), first.rows, first.columns)
    values = empty(shape, _type_for(headers, scales))
    padded = 0
    slices = zip(values, headers, scales, stored_slices, strict=True)
    for out, header, (slope, intercept), stored in slices:
        _scale_into(out, stored, slope, intercept)
        padded += _clear_padding(out, stored, header, slope, intercept)
    if values.dtype == np.int32 and abs(values).max() < -_LOWEST_INT16:
        values = values.astype(np.int16)
    return values, padded


def note_padding(count: int, header: Header, findings: list[Finding] | None) -> None:
    """Report how many voxels were padding."""
    if count:
        note(
            findings,
            Finding(
                "DCM-21",
                "repaired",
                f"{count:,} voxels of padding, outside the scanner's field of view",
                "a measured value in each voxel",
                f"nothing to do: they were set to {AIR_HU if header.modality == 'CT' else 0}",
                file=str(Path(header.path).parent),
            ),
        )


def _type_for(
    headers: Sequence[Header], scales: Sequence[tuple[float, float]]
) -> type[np.int16] | type[np.int32] | type[np.float32]:
    if not all(slope.is_integer() and intercept.is_integer() for slope, intercept in scales):
        return np.float32
    ends = []
    for header, (slope, intercept) in zip(headers, scales, strict=True):
        bits = header.bits_stored or header.bits_allocated
        low = -(2 ** (bits - 1)) if header.signed else 0
        reach = [low * slope + intercept, (low + 2**bits - 1) * slope + intercept]
        ends += [max(reach), min(reach) if header.modality != "CT" else _LOWEST_INT16]
    if min(ends) >= _LOWEST_INT16 and max(ends) < -_LOWEST_INT16:
        return np.int16
    return np.int32 if max(map(abs, ends)) < 2**31 else np.float32


def _scale_into(out: NDArray[Any], stored: NDArray[Any], slope: float, intercept: float) -> None:
    """Scale one slice; a CT's values below the 16-bit range are padding, and stop at its end."""
    if out.dtype.kind == "f":
        out[:] = stored * slope + intercept
        return
    wide = np.int32 if out.dtype == np.int16 else np.int64
    exact = np.multiply(stored, int(slope), dtype=wide)
    np.add(exact, int(intercept), out=exact)
    if out.dtype == np.int16:
        np.maximum(exact, _LOWEST_INT16, out=exact)
    out[:] = exact


def _clear_padding(
    values: NDArray[Any], stored: NDArray[Any], header: Header, slope: float, intercept: float
) -> int:
    is_ct = header.modality == "CT"
    if header.padding is None and not (is_ct and values.min() < _NO_TISSUE_HU):
        return 0
    padded = values < _NO_TISSUE_HU if is_ct else np.zeros(values.shape, dtype=bool)
    if header.padding is not None:
        low, high = _padding_range(header)
        if not is_ct or max(low * slope, high * slope) + intercept < _LOWEST_SCANNER_HU:
            padded |= (stored >= low) & (stored <= high)
    count = int(np.count_nonzero(padded))
    if count:
        values[padded] = AIR_HU if is_ct else 0
    return count


def _padding_range(header: Header) -> tuple[int, int]:
    ends = [header.padding or 0]
    ends.append(ends[0] if header.padding_limit is None else header.padding_limit)
    top = 2**header.bits_allocated
    if header.signed:
        ends = [end - top if end >= top // 2 else end for end in ends]
    return min(ends), max(ends)
