"""The top-level elements of a DICOM file, without reading its voxels.

Walks the elements and keeps those asked for: several times faster than building a data set, and
bounded in memory, depth and time whatever the file holds. Source: DICOM PS3.5, section 7, and
PS3.10, section 7.1.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO, FileIO
from pathlib import Path

from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.stored import damaged

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"

MAX_INFLATED_BYTES = 128 * 1024**2
MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000
MAX_VALUE_BYTES = 64 * 1024
"""Far above what any image's header holds, and walked in about a second."""

_MAGIC_END = 132
_UID = re.compile(r"[0-9.]{1,64}")
_WINDOW_BYTES = 16 * 1024
_LONG_VRS = {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UR", b"UT", b"UN", b"SV",
             b"UV"}  # fmt: skip
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
_MEDIA_CLASS, _SOP_CLASS, _TRANSFER_SYNTAX = 0x00020002, 0x00080016, 0x00020010
_FIRST_ELEMENTS = {
    struct.pack("<HH", *tag)
    for tag in ((2, 0), (2, 1), (2, 2), (8, 0), (8, 1), (8, 5), (8, 8), (8, 0x12), (8, 0x16))
}
_LONGEST_FIRST = 1024
"""A data set begins with one of these elements, and none of them is long."""

_LAYOUT = {
    big: tuple(struct.Struct(order + code).unpack_from for code in ("I", "HH2sH", "I"))
    for big, order in ((False, "<"), (True, ">"))
}
"""Header of an element: its length where it has no type, its beginning, and the longer length."""

_META = frozenset({_MEDIA_CLASS, _TRANSFER_SYNTAX})


@dataclass(frozen=True)
class Scan:
    """What a walk over the file found.

    Parameters
    ----------
    preamble
        The first 128 bytes.
    transfer_syntax
        UID.
    values
        Raw bytes of the elements asked for, by tag.
    pixel_offset
        Where the pixel data element begins, in bytes; -1 if there is none.
    big_endian
        Whether numbers are stored so.
    inflated
        The unpacked data set of a deflated file, in which `pixel_offset` counts; else None.
    """

    preamble: bytes
    transfer_syntax: str
    values: dict[int, bytes]
    pixel_offset: int
    big_endian: bool
    inflated: bytes | None


def is_dicom(path: Path) -> bool:
    """Tell whether the file begins as a DICOM file does."""
    with path.open("rb") as file:
        return file.read(_MAGIC_END)[128:] == b"DICM"


def looks_like_dicom(path: Path) -> bool:
    """Tell whether the file begins as a DICOM file does, or as one without preamble and prefix.

    So files looked before the standard had a file format, and so do some archives write them.
    """
    with path.open("rb") as file:
        head = file.read(_MAGIC_END)
    return head[128:] == b"DICM" or _is_bare(head)


def _is_bare(head: bytes) -> bool:
    """Tell whether the bytes are the first element of a data set."""
    if len(head) < 8 or head[:4] not in _FIRST_ELEMENTS:
        return False
    has_type = head[4:6].isupper()
    (length,) = struct.unpack("<H" if has_type else "<I", head[6:8] if has_type else head[4:8])
    return bool(length <= _LONGEST_FIRST)


def scan(path: Path, wanted: Collection[int], *, force: bool = False) -> Scan:
    """Walk over the top-level elements in front of the pixel data.

    Parameters
    ----------
    path
        The file.
    wanted
        Tags to keep.
    force
        Whether to read a file without preamble and prefix, or without its transfer syntax, which
        is then little endian, with explicit types if they are there.

    Raises
    ------
    BadInputError
        ``DCM-13`` the file lacks the DICOM prefix or its transfer syntax; ``DCM-16`` it unpacks
        to more than is allowed; ``DCM-17`` its sequences are nested too deeply; ``IMG-02`` it is
        damaged.
    """
    with path.open("rb", buffering=0) as file:
        window = _Window(file, path.stat().st_size)
        preamble = window.data[:128]
        has_prefix = window.data[128:_MAGIC_END] == b"DICM"
        if not has_prefix and not (force and _is_bare(preamble)):
            raise _not_dicom(path, "a file without the DICOM prefix")
        try:
            meta, start = _meta(window, _MAGIC_END if has_prefix else 0, path)
            syntax = text_of(meta.get(_TRANSFER_SYNTAX, b""))
            if not syntax and force:
                syntax = _evident_syntax(window, start)
            if not _UID.fullmatch(syntax):
                raise _not_dicom(path, "no valid Transfer Syntax UID (0002,0010)")
            inflated = _inflate(file, start, path) if syntax == DEFLATED else None
            if inflated:
                window, start = _Window(BytesIO(inflated), len(inflated)), 0
            values, end = _walk(window, start, {*wanted, _SOP_CLASS}, syntax, path)
            values.setdefault(_SOP_CLASS, meta.get(_MEDIA_CLASS, b""))
            has_pixels = window.has(end, 8) and window.tag(end, syntax == EXPLICIT_BIG) in _PIXELS
        except (struct.error, EOFError) as error:
            raise damaged("the DICOM header ends too early", path) from error
        except _EndlessError as error:
            raise _too_much(
                f"more than {MAX_ELEMENTS:,} elements in front of the voxels", path
            ) from error
    return Scan(
        preamble if has_prefix else b"",
        syntax,
        values,
        end if has_pixels else -1,
        syntax == EXPLICIT_BIG,
        inflated,
    )


def _meta(window: _Window, start: int, path: Path) -> tuple[dict[int, bytes], int]:
    """Return the values of the file's own group and where it ends; a bare file need not have it."""
    if start or window.tag(start) >> 16 == 2:
        return _walk(window, start, _META, "meta", path)
    return {}, start


def _evident_syntax(window: _Window, position: int) -> str:
    """Return explicit little endian if the first element has a type, else implicit."""
    return EXPLICIT_LITTLE if window.bytes_at(position, 6)[4:].isupper() else IMPLICIT_LITTLE


def text_of(value: bytes) -> str:
    """Return a text element without its padding."""
    return value.decode("latin-1").strip(" \0")


class _EndlessError(Exception):
    """A header with more elements than any real one."""


class _Window:
    """The piece of a file around the place that is read."""

    def __init__(self, file: FileIO | BytesIO, size: int) -> None:
        self.file = file
        self.size = size
        self.start = 0
        self.data = file.read(_WINDOW_BYTES) or b""
        self.elements_left = MAX_ELEMENTS

    def bytes_at(self, position: int, count: int) -> bytes:
        offset = position - self.start
        value = self.data[offset : offset + count] if offset >= 0 else b""
        if len(value) == count:
            return value
        self.file.seek(position)
        self.data = self.file.read(max(count, _WINDOW_BYTES)) or b""
        self.start = position
        if len(self.data) < count:
            raise EOFError
        return self.data[:count]

    def has(self, position: int, count: int) -> bool:
        return position + count <= self.size

    def tag(self, position: int, big_endian: bool = False) -> int:
        group, element = struct.unpack(">HH" if big_endian else "<HH", self.bytes_at(position, 4))
        return int(group) << 16 | int(element)


def _walk(
    window: _Window, position: int, wanted: Collection[int], syntax: str, path: Path
) -> tuple[dict[int, bytes], int]:
    """Return the wanted values and where the walk stopped: at the pixels or the end."""
    values: dict[int, bytes] = {}
    implicit, big = syntax == IMPLICIT_LITTLE, syntax == EXPLICIT_BIG
    last_group = 2 if syntax == "meta" else 0x7FE0
    last = window.size - 8
    while position <= last:
        tag, vr, length, value_at = element_at(window, position, implicit, big)
        if tag >> 16 >= last_group and (tag in _PIXELS or tag >> 16 > last_group):
            return values, position
        if length == _UNDEFINED:
            position = _skip(window, value_at, implicit or vr == b"UN", big, path)
            continue
        if tag in wanted:
            if length > MAX_VALUE_BYTES:
                raise _too_much(f"an element ({tag:08X}) of {length:,} bytes", path)
            values[tag] = window.bytes_at(value_at, length)
        position = value_at + length
    if position != window.size or not values:
        raise EOFError
    return values, position


def element_at(
    window: _Window, position: int, implicit: bool, big: bool
) -> tuple[int, bytes, int, int]:
    """Return (tag, VR, length, where the value begins) of one element."""
    window.elements_left -= 1
    if window.elements_left < 0:
        raise _EndlessError
    by_length, by_type, long_length = _LAYOUT[big]
    at = position - window.start
    if not 0 <= at <= len(window.data) - 8:
        window.bytes_at(position, 8)
        at = 0
    group, element, vr, length = by_type(window.data, at)
    if implicit or group == 0xFFFE:
        (length,) = by_length(window.data, at + 4)
        return group << 16 | element, b"", length, position + 8
    if vr in _LONG_VRS:
        (length,) = long_length(window.bytes_at(position + 8, 4))
        return group << 16 | element, vr, length, position + 12
    return group << 16 | element, vr, length, position + 8


def _skip(window: _Window, position: int, implicit: bool, big: bool, path: Path) -> int:
    """Return where a sequence of undefined length ends, its items walked without recursion.

    An element of unknown type and undefined length is encoded implicitly (PS3.5, 6.2.2).
    """
    is_implicit = [implicit]
    while is_implicit:
        tag, vr, length, value_at = element_at(window, position, is_implicit[-1], big)
        position = value_at
        if tag in {_SEQUENCE_END, _ITEM_END}:
            is_implicit.pop()
        elif length == _UNDEFINED:
            is_implicit.append(is_implicit[-1] or vr == b"UN")
        else:
            position += length
        if len(is_implicit) > 2 * MAX_DEPTH:
            raise _too_much(f"sequences nested more than {MAX_DEPTH} deep", path)
    return position


def _inflate(file: FileIO, start: int, path: Path) -> bytes:
    file.seek(start)
    decoder = zlib.decompressobj(-15)
    pieces, total = [], 0
    packed = file.read(_WINDOW_BYTES)
    try:
        while packed and not decoder.eof:
            piece = decoder.decompress(packed, 1024**2)
            total += len(piece)
            if total > MAX_INFLATED_BYTES:
                raise fault(
                    "DCM-16",
                    f"a deflated file that unpacks to more than {MAX_INFLATED_BYTES:,} bytes",
                    f"at most {MAX_INFLATED_BYTES:,}",
                    "check where the file comes from",
                    path,
                )
            pieces.append(piece)
            packed = decoder.unconsumed_tail or file.read(_WINDOW_BYTES)
    except zlib.error as error:
        raise damaged(f"the deflated data set is damaged ({error})", path) from error
    return b"".join(pieces)


def _too_much(found: str, path: Path) -> Exception:
    return fault(
        "DCM-17",
        found,
        f"at most {MAX_DEPTH} levels, {MAX_ELEMENTS:,} elements and {MAX_VALUE_BYTES:,} bytes each",
        "check where the file comes from; no scanner writes this",
        path,
    )


def _not_dicom(path: Path, found: str) -> Exception:
    return fault(
        "DCM-13",
        found,
        "a DICOM file (PS3.10) with prefix and transfer syntax",
        "export the series again as DICOM files; or have it read as it is, force_dicom: true under "
        "cohort (from Python, force=True)",
        path,
    )
