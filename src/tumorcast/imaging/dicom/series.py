"""A CT, MR or PET series as one volume."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.duplicates import without_duplicates
from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.folder import dicom_files, series_in
from tumorcast.imaging.dicom.header import Header, read_header
from tumorcast.imaging.dicom.listed import DicomSeries
from tumorcast.imaging.dicom.pixels import check_all, check_size, declared_bytes
from tumorcast.imaging.dicom.regular import on_regular_grid
from tumorcast.imaging.dicom.rescale import AIR_HU, rescaled
from tumorcast.imaging.dicom.stack import check_stack
from tumorcast.imaging.unit import Unit
from tumorcast.imaging.volume import Volume

_UNIT_OF: dict[str, Unit] = {"CT": "HU", "PT": "SUVbw"}


def read_series(
    path: Path | DicomSeries,
    unit: Unit | None = None,
    *,
    series: str | None = None,
    max_gap_slices: int = 0,
    force: bool = False,
    findings: list[Finding] | None = None,
) -> Volume:
    """Read one DICOM series.

    Parameters
    ----------
    path
        A folder with the series somewhere below it, one of its files, or all of them.
    unit
        ``None`` is HU for CT, SUVbw for PET and arbitrary for MR. ``"arbitrary"`` takes the
        rescaled values of any modality as they are (Bq/mL, say).
    series
        Series Instance UID or modality, when the folder holds several.
    max_gap_slices
        How many missing slices may be filled by linear interpolation.
    force
        Whether files without the DICOM preamble and prefix are read, too.
    findings
        Receives what was skipped, repaired or noticed.

    Returns
    -------
    The volume, array (z, y, x) with z along the slices' normal (row direction times column
    direction), and the series' frame of reference.

    Raises
    ------
    BadInputError
        ``DCM-01`` to ``DCM-21`` as the modules of this package; ``SUV-..`` as `suv_factors`;
        ``DCM-23`` the modality does not have the unit asked for.
    """
    headers = _headers(path, series, force, findings)
    first = headers[0]
    wanted = _unit_for(first, unit)
    if first.is_multi_frame:
        from tumorcast.imaging.dicom.enhanced import read_enhanced  # noqa: PLC0415

        return read_enhanced(headers, wanted, max_gap_slices, findings)
    _check_total(headers)
    stack = without_duplicates(headers, findings)
    check_stack(stack, max_gap_slices, findings)
    values = rescaled(stack.headers, findings)
    if wanted == "SUVbw":
        from tumorcast.imaging.dicom.suv import check_plausible, suv_factors  # noqa: PLC0415

        factors = suv_factors([Path(header.path) for header in stack.headers], findings)
        values = values * factors.astype(np.float32)[:, None, None]
        check_plausible(values, first.path, findings)
    outside = AIR_HU if wanted == "HU" else 0.0
    values, geometry = on_regular_grid(stack, values, outside, findings)
    return Volume(values, geometry, wanted)


def _headers(
    path: Path | DicomSeries, series: str | None, force: bool, findings: list[Finding] | None
) -> list[Header]:
    if isinstance(path, DicomSeries):
        return path.headers(findings)
    if path.is_dir():
        return series_in(path, series, findings, force=force)
    header = read_header(path, findings, force=force)
    if header.is_multi_frame:
        return [header]
    if not header.is_slice:
        raise fault(
            "IMG-03",
            f"a DICOM object of kind {header.kind}",
            "a slice of a CT, MR or PET",
            "name the series' folder, or one of its slices",
            path,
        )
    siblings = [
        read_header(other, force=force)
        for other in dicom_files(path.parent)
        if other.parent == path.parent
    ]
    return [other for other in siblings if other.is_slice and other.series == header.series]


def _unit_for(header: Header, unit: Unit | None) -> Unit:
    natural = _UNIT_OF.get(header.modality, "arbitrary")
    if unit in {None, natural, "arbitrary"}:
        return unit or natural
    raise BadInputError(
        "DCM-23",
        f"a series of modality {header.modality}, in {natural}",
        expected=f"an image in {unit}",
        fix="name the series that was meant",
        file=header.path,
    )


def _check_total(headers: Sequence[Header]) -> None:
    for header in headers:
        check_size(header)
    check_all(sum(map(declared_bytes, headers)), [Path(header.path) for header in headers])
