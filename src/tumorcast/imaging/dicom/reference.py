"""The images to which a structure set or a segmentation refers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging.dicom.duplicates import without_duplicates
from tumorcast.imaging.dicom.faults import fault, note
from tumorcast.imaging.dicom.folder import dicom_files
from tumorcast.imaging.dicom.header import Header, read_header
from tumorcast.imaging.dicom.regular import regular_geometry
from tumorcast.imaging.dicom.series import read_series
from tumorcast.imaging.dicom.stack import check_stack
from tumorcast.imaging.dicom.structures import Structure
from tumorcast.imaging.geometry import Geometry

_LEVELS_UP = 2
_MOST_FILES = 20_000
"""A folder with more is no case: the file lies on its own in some common place."""


def referenced_geometry(path: Path, series: Iterable[str]) -> tuple[Geometry, tuple[Header, ...]]:
    """Find the series that a file names near it, and return its grid and headers.

    Raises
    ------
    BadInputError
        ``RTS-02`` it is not there; and as `read_series`.
    """
    wanted = frozenset(series)
    for folder in path.resolve().parents[:_LEVELS_UP]:
        headers = _headers_of(folder, wanted)
        if headers:
            return series_geometry(headers), headers
    named = ", ".join(sorted(wanted)) or "not named"
    raise fault(
        "RTS-02",
        f"no image of the series on which it was drawn ({named})",
        "the image series beside the file",
        "give the image as well, or put its series beside this file",
        path,
    )


def series_geometry(headers: Sequence[Header]) -> Geometry:
    """Return the grid of one series, from its headers alone where it is regular."""
    first = Path(headers[0].path)
    if headers[0].is_multi_frame:
        return read_series(first, "arbitrary", force=True).geometry
    stack = without_duplicates(headers, None)
    check_stack(stack, 0, None)
    if stack.is_even and not stack.is_tilted:
        return regular_geometry(stack, None)
    return read_series(first, "arbitrary", force=True).geometry


def check_images(
    structure: Structure, headers: Sequence[Header], path: Path, findings: list[Finding] | None
) -> None:
    """Compare the slices that the contours name with those that are there.

    Raises
    ------
    BadInputError
        ``RTS-02`` some of the named slices are there and others are not: the series is
        incomplete. When none is there, the series was written anew: that is noticed only.
    """
    absent = structure.images - {header.sop_instance for header in headers}
    if not absent:
        return
    found = (
        f"{len(absent)} of {len(structure.images)} slices that region '{structure.name}' names "
        "are not in the series"
    )
    if len(absent) < len(structure.images):
        raise _incomplete(found, min(absent), path)
    note(
        findings,
        Finding(
            "RTS-02",
            "warning",
            found,
            "the slices on which it was drawn",
            "check the overlay; the series seems to have been written anew since",
            file=str(path),
        ),
    )


def _incomplete(found: str, example: str, path: Path) -> BadInputError:
    return fault(
        "RTS-02",
        f"{found}, such as SOP Instance UID {example}",
        "all slices on which it was drawn",
        "export the whole series",
        path,
    )


def _headers_of(folder: Path, wanted: frozenset[str]) -> tuple[Header, ...]:
    if len(list(islice(folder.rglob("*"), _MOST_FILES))) == _MOST_FILES:
        return ()
    headers = [_readable(path) for path in dicom_files(folder)]
    return tuple(
        header
        for header in headers
        if header is not None and header.series in wanted and header.is_image
    )


def _readable(path: Path) -> Header | None:
    """Return a header, or None for a neighbouring file that cannot be read."""
    try:
        return read_header(path)
    except BadInputError:
        return None
