"""What is known of one DICOM file before its voxels are read."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.scan import Scan, scan, text_of
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
    path: Path, findings: list[Finding] | None = None, *, force: bool = False
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
    return _header_of(path, walked)


def _header_of(path: Path, walked: Scan) -> Header:
    get = _Values(walked, path)
    if not get.uid("sop_class"):
        raise damaged("the DICOM header does not say what it is (no SOP Class UID)", path)
    patient = get.text("patient")
    return Header(
        path=str(path),
        sop_class=get.uid("sop_class"),
        sop_instance=get.uid("sop_instance"),
        series=get.uid("series"),
        study=get.uid("study"),
        patient=_pseudonym(patient) if patient else "",
        modality=get.text("modality"),
        description=get.text("description"),
        image_type=tuple(get.text("image_type").split("\\")),
        transfer_syntax=walked.transfer_syntax,
        frame_of_reference=get.uid("frame_of_reference"),
        frames=int(get.number("frames") or 1),
        rows=get.integer("rows") or 0,
        columns=get.integer("columns") or 0,
        samples=get.integer("samples") or 1,
        bits_allocated=get.integer("bits_allocated") or 0,
        bits_stored=get.integer("bits_stored") or 0,
        high_bit=get.integer("high_bit") or 0,
        signed=get.integer("signed") == 1,
        spacing_mm=get.numbers("spacing_mm", 2),
        orientation=get.numbers("orientation", 6),
        position=get.numbers("position", 3),
        slope=get.number("slope"),
        intercept=get.number("intercept"),
        padding=get.integer("padding"),
        padding_limit=get.integer("padding_limit"),
        pixel_offset=walked.pixel_offset,
    )


@lru_cache
def _pseudonym(patient: str) -> str:
    return hashlib.sha256(patient.encode()).hexdigest()[:16]


@lru_cache(maxsize=4096)  # most of them are the same in every slice
def _numbers_in(raw: bytes) -> tuple[float, ...] | None:
    """Return the numbers of a text, none if it is blank, and None if it is anything else."""
    text = text_of(raw)
    if not text:
        return ()
    try:
        values = tuple(float(part) for part in text.split("\\"))
    except ValueError:
        return None
    return values if all(abs(value) < 1e9 for value in values) else None


class _Values:
    """Reads the raw bytes of elements."""

    def __init__(self, walked: Scan, path: Path) -> None:
        self.walked = walked
        self.path = path

    def raw(self, name: str) -> bytes:
        return self.walked.values.get(_TAGS[name], b"")

    def text(self, name: str) -> str:
        return text_of(self.raw(name))

    def uid(self, name: str) -> str:
        value = self.text(name)
        if _UNSAFE.search(value):
            raise fault(
                "DCM-18",
                f"a {name.replace('_', ' ')} UID with characters that no UID has",
                "digits and dots",
                "check where the file comes from, and export the series again",
                self.path,
            )
        return value

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        raw = self.raw(name)
        values = _numbers_in(raw) if raw else ()
        if values is None or (values and len(values) != count):
            raise self._unreadable(name)
        return values

    def number(self, name: str) -> float | None:
        values = self.numbers(name, 1)
        return values[0] if values else None

    def integer(self, name: str) -> int | None:
        raw = self.raw(name)
        order = ">" if self.walked.big_endian else "<"
        code = {2: "H", 4: "I"}.get(len(raw))
        return None if code is None else int(struct.unpack(order + code, raw)[0])

    def _unreadable(self, name: str) -> Exception:
        tag = _TAGS[name]
        return fault(
            "IMG-02",
            f"a {name.replace('_', ' ')} ({tag >> 16:04X},{tag & 0xFFFF:04X}) that cannot be read",
            "numbers",
            "export the series again",
            self.path,
        )
