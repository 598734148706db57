"""The top-level elements of a DICOM file, without reading its voxels.

Walks the elements and keeps those asked for: several times faster than building a data set, and
bounded in memory, depth and time whatever the file holds. Source: DICOM PS3.5, section 7, and
PS3.10, section 7.1.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.text import text_of
from tumorcast.imaging.dicom.walk import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_VALUE_BYTES,
    META,
    WINDOW_BYTES,
    BeyondLimitError,
    Window,
    walk,
)
from tumorcast.imaging.stored import damaged

DEFLATED = "1.2.840.10008.1.2.1.99"
_TO_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
MAX_INFLATED_BYTES = 128 * 1024**2

_MAGIC_END = 132
_UID = re.compile(r"[0-9.]{1,64}")
_MEDIA_CLASS, _SOP_CLASS, _TRANSFER_SYNTAX = 0x00020002, 0x00080016, 0x00020010
_FIRST_ELEMENTS = {
    struct.pack("<HH", *tag)
    for tag in ((2, 0), (2, 1), (2, 2), (8, 0), (8, 1), (8, 5), (8, 8), (8, 0x12), (8, 0x16))
}
_LONGEST_FIRST = 1024
"""A data set begins with one of these elements, and none of them is long."""

_META_WANTED = frozenset({_MEDIA_CLASS, _TRANSFER_SYNTAX})
_GROUP_OF_META = b"\2\0"


class Scan(NamedTuple):
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


def scan(path: str | Path, wanted: frozenset[int], *, force: bool = False) -> Scan:
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
    file = os.open(path, _TO_READ)  # an object for each of many files takes longer than reading
    try:
        return _scan(file, path, wanted, force)
    finally:
        os.close(file)


def _scan(file: int, path: str | Path, wanted: frozenset[int], force: bool) -> Scan:
    window = Window(file)
    preamble = window.data[:128]
    has_prefix = window.data[128:_MAGIC_END] == b"DICM"
    if not has_prefix and not (force and _is_bare(preamble)):
        raise _not_dicom(path, "a file without the DICOM prefix")
    try:
        meta, start = _meta(window, _MAGIC_END if has_prefix else 0)
        syntax = text_of(meta.get(_TRANSFER_SYNTAX, b""))
        if not syntax and force:
            syntax = _evident_syntax(window, start)
        if not _UID.fullmatch(syntax):
            raise _not_dicom(path, "no valid Transfer Syntax UID (0002,0010)")
        inflated = _inflate(file, start, path) if syntax == DEFLATED else None
        if inflated is not None:
            window, start = Window(inflated), 0
        if _SOP_CLASS not in wanted:
            wanted |= {_SOP_CLASS}
        values, end, has_pixels = walk(window, start, wanted, syntax)
        values.setdefault(_SOP_CLASS, meta.get(_MEDIA_CLASS, b""))
    except (struct.error, EOFError) as error:
        raise damaged("the DICOM header ends too early", path) from error
    except BeyondLimitError as error:
        raise _too_much(str(error), path) from error
    return Scan(
        preamble if has_prefix else b"",
        syntax,
        values,
        end if has_pixels else -1,
        syntax == EXPLICIT_BIG,
        inflated,
    )


def _meta(window: Window, start: int) -> tuple[dict[int, bytes], int]:
    """Return the values of the file's own group and where it ends; a bare file need not have it."""
    if start or window.data[:2] == _GROUP_OF_META:
        values, end, _ = walk(window, start, _META_WANTED, META)
        return values, end
    return {}, start


def _evident_syntax(window: Window, position: int) -> str:
    """Return explicit little endian if the first element has a type, else implicit."""
    return EXPLICIT_LITTLE if window.bytes_at(position, 6)[4:].isupper() else IMPLICIT_LITTLE


def _inflate(file: int, start: int, path: str | Path) -> bytes:
    os.lseek(file, start, os.SEEK_SET)
    decoder = zlib.decompressobj(-15)
    pieces, total = [], 0
    packed = os.read(file, WINDOW_BYTES)
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
            packed = decoder.unconsumed_tail or os.read(file, WINDOW_BYTES)
    except zlib.error as error:
        raise damaged(f"the deflated data set is damaged ({error})", path) from error
    return b"".join(pieces)


def _too_much(found: str, path: str | Path) -> Exception:
    return fault(
        "DCM-17",
        found,
        f"at most {MAX_DEPTH} levels, {MAX_ELEMENTS:,} elements and {MAX_VALUE_BYTES:,} bytes each",
        "check where the file comes from; no scanner writes this",
        path,
    )


def _not_dicom(path: str | Path, found: str) -> Exception:
    return fault(
        "DCM-13",
        found,
        "a DICOM file (PS3.10) with prefix and transfer syntax",
        "export the series again as DICOM files; or have it read as it is, force_dicom: true under "
        "cohort (from Python, force=True)",
        path,
    )
