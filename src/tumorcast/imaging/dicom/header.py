"""What is known of one DICOM file before its voxels are read."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from tumorcast.errors import BadInputError, Finding, rebuilt
from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.scan import Scan, scan
from tumorcast.imaging.dicom.text import decoded, text_of
from tumorcast.imaging.stored import damaged

CT, PET, MR = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.4",
)
ENHANCED_CT = ("1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")
ENHANCED_OTHER = (
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.128.1",
    "1.2.840.10008.5.1.4.1.1.130",
)
RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"

_TAGS = {
    "charset": 0x00080005,
    "image_type": 0x00080008, "sop_class": 0x00080016, "sop_instance": 0x00080018,
    "modality": 0x00080060, "description": 0x0008103E, "patient": 0x00100020,
    "study": 0x0020000D, "series": 0x0020000E, "position": 0x00200032,
    "orientation": 0x00200037, "frame_of_reference": 0x00200052, "samples": 0x00280002,
    "frames": 0x00280008, "rows": 0x00280010, "columns": 0x00280011, "spacing_mm": 0x00280030,
    "bits_allocated": 0x00280100, "bits_stored": 0x00280101, "high_bit": 0x00280102,
    "signed": 0x00280103, "padding": 0x00280120, "padding_limit": 0x00280121,
    "intercept": 0x00281052, "slope": 0x00281053,
}  # fmt: skip
_WANTED = frozenset(_TAGS.values())
OWN = ("sop_instance", "position", "slope", "intercept", "pixel_offset")
"""What differs from slice to slice; the rest is nearly always the same in a whole series."""
_COMMON = tuple(name for name in _TAGS if name not in OWN)
_COMMON_TAGS = tuple(_TAGS[name] for name in _COMMON)
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]|\.\.")


@dataclass(frozen=True)
class Header:
    """One DICOM object.

    Parameters
    ----------
    path
        The file.
    sop_class, sop_instance, series, study, frame_of_reference, transfer_syntax
        UIDs.
    patient
        First digits of the SHA-256 of the Patient ID, which itself is not kept.
    modality, description, image_type
        As the file says.
    frames, rows, columns, samples, bits_allocated, bits_stored, high_bit, signed
        How the voxels are stored.
    spacing_mm
        Between rows, between columns; empty if absent.
    orientation
        Direction along a row, then along a column (LPS); empty if absent.
    position
        LPS of the first voxel's centre; empty if absent.
    slope, intercept
        To the modality's unit; None if absent.
    padding, padding_limit
        Stored value, or range of values, outside the field of view; None if absent.
    pixel_offset
        Where the pixel data element begins; -1 if there is none.
    """

    path: str
    sop_class: str
    sop_instance: str
    series: str
    study: str
    patient: str
    modality: str
    description: str
    image_type: tuple[str, ...]
    transfer_syntax: str
    frame_of_reference: str
    frames: int
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    spacing_mm: tuple[float, ...]
    orientation: tuple[float, ...]
    position: tuple[float, ...]
    slope: float | None
    intercept: float | None
    padding: int | None
    padding_limit: int | None
    pixel_offset: int

    @property
    def is_slice(self) -> bool:
        """Whether this is one slice of a CT, MR or PET, and no localizer."""
        return (
            self.sop_class in {CT, MR, PET}
            and self.pixel_offset >= 0
            and "LOCALIZER" not in self.image_type
        )

    @property
    def is_multi_frame(self) -> bool:
        """Whether this is an enhanced image that holds all its slices."""
        return self.sop_class in {*ENHANCED_CT, *ENHANCED_OTHER}

    @property
    def is_image(self) -> bool:
        """Whether it is a slice or a multi-frame image."""
        return self.is_slice or self.is_multi_frame

    @property
    def kind(self) -> str:
        """What a user would call the object."""
        if "LOCALIZER" in self.image_type:
            return "localizer"
        return self.modality or "unknown"


def read_header(
    path: str | Path, findings: list[Finding] | None = None, *, force: bool = False
) -> Header:
    """Read one file's header; `force` as for `scan`.

    Raises
    ------
    BadInputError
        As `scan`; ``DCM-18`` a UID that could be misused as a path; ``IMG-02`` a value that
        cannot be read.
    """
    walked = scan(path, _WANTED, force=force)
    if findings is not None and walked.preamble[:2] in {b"MZ", b"\x7fE"}:
        findings.append(
            Finding(
                "DCM-19",
                "warning",
                "an executable program in the file's preamble",
                "an empty preamble",
                "do not run the file; ask where it comes from",
                file=str(path),
            )
        )
    try:
        return _header_of(str(path), walked)
    except BadInputError as error:
        raise rebuilt(replace(error.finding, file=str(path))) from None


def _header_of(path: str, walked: Scan) -> Header:
    raw = walked.values.get
    return like(
        _common(tuple(map(raw, _COMMON_TAGS)), walked.transfer_syntax, walked.big_endian),
        path=path,
        sop_instance=_uid("sop_instance", raw(_TAGS["sop_instance"])),
        position=_numbers("position", raw(_TAGS["position"]), 3),
        slope=_number("slope", raw(_TAGS["slope"])),
        intercept=_number("intercept", raw(_TAGS["intercept"])),
        pixel_offset=walked.pixel_offset,
    )


def like(common: Header, **own: Any) -> Header:
    """Return a header that differs in `path` and `OWN`, as `dataclasses.replace` would.

    That sets each of the fields, which for an index of many files takes longer than reading them.
    """
    header = object.__new__(Header)
    vars(header).update(vars(common), **own)
    return header


@lru_cache(maxsize=256)
def _common(raw: tuple[bytes | None, ...], transfer_syntax: str, big_endian: bool) -> Header:
    """Return what a file has in common with others whose values are the same."""
    of = dict(zip(_COMMON, raw, strict=True))

    def text(name: str) -> str:
        return decoded(of[name] or b"", of["charset"] or b"")

    def uid(name: str) -> str:
        return _uid(name, of[name])

    def integer(name: str) -> int | None:
        return _integer(of[name], big_endian)

    if not uid("sop_class"):
        raise damaged("the DICOM header does not say what it is (no SOP Class UID)", "")
    return Header(
        path="",
        sop_class=uid("sop_class"),
        sop_instance="",
        series=uid("series"),
        study=uid("study"),
        patient=_pseudonym(text("patient")),
        modality=text("modality"),
        description=text("description"),
        image_type=tuple(text("image_type").split("\\")),
        transfer_syntax=transfer_syntax,
        frame_of_reference=uid("frame_of_reference"),
        frames=int(_number("frames", of["frames"]) or 1),
        rows=integer("rows") or 0,
        columns=integer("columns") or 0,
        samples=integer("samples") or 1,
        bits_allocated=integer("bits_allocated") or 0,
        bits_stored=integer("bits_stored") or 0,
        high_bit=integer("high_bit") or 0,
        signed=integer("signed") == 1,
        spacing_mm=_numbers("spacing_mm", of["spacing_mm"], 2),
        orientation=_numbers("orientation", of["orientation"], 6),
        position=(),
        slope=None,
        intercept=None,
        padding=integer("padding"),
        padding_limit=integer("padding_limit"),
        pixel_offset=-1,
    )


def _pseudonym(patient: str) -> str:
    return hashlib.sha256(patient.encode()).hexdigest()[:16] if patient else ""


def _uid(name: str, raw: bytes | None) -> str:
    value = text_of(raw or b"")
    if _UNSAFE.search(value):
        raise fault(
            "DCM-18",
            f"a {name.replace('_', ' ')} UID with characters that no UID has",
            "digits and dots",
            "check where the file comes from, and export the series again",
        )
    return value


def _numbers(name: str, raw: bytes | None, count: int) -> tuple[float, ...]:
    text = text_of(raw or b"")
    if not text:
        return ()
    try:
        values = tuple(map(float, text.split("\\")))
    except ValueError:
        values = ()
    if len(values) != count or not sum(map(abs, values)) < 1e9:  # true for NaN, too
        tag = _TAGS[name]
        raise fault(
            "IMG-02",
            f"a {name.replace('_', ' ')} ({tag >> 16:04X},{tag & 0xFFFF:04X}) that cannot be read",
            "numbers",
            "export the series again",
        )
    return values


@lru_cache(maxsize=1024)  # most of them are the same in every slice
def _number(name: str, raw: bytes | None) -> float | None:
    values = _numbers(name, raw, 1)
    return values[0] if values else None


def _integer(raw: bytes | None, big_endian: bool) -> int | None:
    code = {2: "H", 4: "I"}.get(len(raw or b""))
    if code is None:
        return None
    return int(struct.unpack((">" if big_endian else "<") + code, raw or b"")[0])
