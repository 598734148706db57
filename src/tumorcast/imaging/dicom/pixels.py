"""The stored voxel values of one file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.imaging.dicom.faults import cut_short, fault
from tumorcast.imaging.dicom.header import Header
from tumorcast.imaging.dicom.jpeg_12_bit import decoded_by_itk, is_12_bit_jpeg
from tumorcast.imaging.dicom.scan import DEFLATED, scan
from tumorcast.imaging.dicom.walk import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tumorcast.imaging.guard import allow
from tumorcast.imaging.stored import (
    MAX_BLOWN_UP_BYTES,
    MAX_DECLARED_BYTES,
    damaged,
    is_blown_up,
)

MAX_SIDE = 8192
"""No CT, MR or PET has more rows or columns."""

_UNCOMPRESSED = {IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED}
_PLUGINS = "pip install 'tumorcast[dicom]'"


def check_size(header: Header) -> None:
    """Refuse what a header claims before any memory is taken for it.

    Raises
    ------
    BadInputError
        ``DCM-15`` impossible dimensions; ``IMG-04`` colours, or another type of voxel.
    """
    path = Path(header.path)
    n_bytes = declared_bytes(header)
    sides = (header.rows, header.columns, header.frames)
    if min(sides) < 1 or max(sides[:2]) > MAX_SIDE or n_bytes > MAX_DECLARED_BYTES:
        raise fault(
            "DCM-15",
            f"a header that declares {header.rows:,} x {header.columns:,} voxels in "
            f"{header.frames:,} frames",
            f"up to {MAX_SIDE:,} x {MAX_SIDE:,} voxels and {MAX_DECLARED_BYTES:,} bytes in all",
            "check where the file comes from, and export the series again",
            path,
        )
    stored_too_many = header.bits_stored > header.bits_allocated
    if header.samples != 1 or header.bits_allocated not in {8, 16, 32} or stored_too_many:
        raise fault(
            "IMG-04",
            f"{header.samples} samples a voxel, of {header.bits_stored} bits stored in "
            f"{header.bits_allocated}",
            "one sample of 8, 16 or 32 bits",
            "export the original CT, MR or PET series",
            path,
        )


def declared_bytes(header: Header) -> int:
    """Return the size of the voxels that a header declares."""
    return header.rows * header.columns * header.frames * max(header.bits_allocated, 8) // 8


def check_all(n_bytes: int, paths: Sequence[Path]) -> None:
    """Refuse voxels that are too many for memory, or for the files that should hold them.

    Raises
    ------
    BadInputError
        ``DCM-15`` the headers declare more than is allowed; ``DCM-16`` the compressed files are so
        small that they were made to fill the memory.
    """
    if n_bytes > MAX_DECLARED_BYTES:
        raise fault(
            "DCM-15",
            f"headers that declare {n_bytes:,} bytes of voxels",
            f"at most {MAX_DECLARED_BYTES:,}",
            "check where the files come from",
            paths[0],
        )
    size = sum(path.stat().st_size for path in paths)
    if is_blown_up(n_bytes, size):
        raise fault(
            "DCM-16",
            f"{size:,} bytes of files that declare {n_bytes:,} bytes of voxels",
            f"at most {MAX_BLOWN_UP_BYTES:,}, or voxels that fill the files",
            "check where the files come from",
            paths[0],
        )
    allow(voxel_bytes=n_bytes)


def stored_values(header: Header) -> NDArray[Any]:
    """Read the voxels as they are stored, shape (frames, rows, columns).

    Uncompressed voxels come straight from the file; others through pydicom's decoders.

    Raises
    ------
    BadInputError
        As `check_size`; ``DCM-14`` the voxels are not all there; ``DCM-11`` no decoder for the
        transfer syntax is installed; ``IMG-02`` the decoder fails.
    """
    check_size(header)
    shape = (header.frames, header.rows, header.columns)
    if header.pixel_offset < 0:
        raise cut_short(Path(header.path), declared_bytes(header), 0)
    if header.transfer_syntax in _UNCOMPRESSED:
        flat = _direct(header, int(np.prod(shape)))
        return _masked(flat, header).reshape(shape)
    return _decoded(header).reshape(shape)


def _direct(header: Header, count: int) -> NDArray[Any]:
    path = Path(header.path)
    big = header.transfer_syntax == EXPLICIT_BIG
    kind = np.dtype(
        f"{'>' if big else '<'}{'i' if header.signed else 'u'}{header.bits_allocated // 8}"
    )
    n_bytes = count * kind.itemsize
    if header.transfer_syntax == DEFLATED:
        inflated = scan(path, frozenset()).inflated or b""
        start = header.pixel_offset
        length, skipped = _length(inflated[start : start + 12], implicit=False, big=False)
        data = inflated[start + skipped : start + skipped + min(length, n_bytes)]
    else:
        with path.open("rb") as file:
            file.seek(header.pixel_offset)
            implicit = header.transfer_syntax == IMPLICIT_LITTLE
            length, skipped = _length(file.read(12), implicit=implicit, big=big)
            file.seek(header.pixel_offset + skipped)
            data = file.read(min(length, n_bytes))
    if len(data) < n_bytes:
        raise cut_short(path, n_bytes, len(data))
    return np.frombuffer(data, dtype=kind).astype(kind.newbyteorder("="), copy=False)


def _length(head: bytes, *, implicit: bool, big: bool) -> tuple[int, int]:
    """Return the pixel data's length and how far into the element they begin."""
    at = 4 if implicit else 8
    (length,) = struct.unpack(">I" if big else "<I", head[at : at + 4].ljust(4, b"\0"))
    return length, at + 4


def _masked(values: NDArray[Any], header: Header) -> NDArray[Any]:
    """Clear the bits that the standard leaves unused; overlays were once kept there."""
    unused = header.bits_allocated - header.bits_stored
    if unused <= 0 or header.bits_stored < 1:
        return values
    up = header.bits_allocated - 1 - header.high_bit
    if up < 0 or (
        not header.signed and not up and values.max(initial=0) >> header.bits_stored == 0
    ):
        return values
    return (values << up) >> unused


def _decoded(header: Header) -> NDArray[Any]:
    path = Path(header.path)
    decode = decoded_by_itk if is_12_bit_jpeg(header) else _by_pydicom
    try:
        values = decode(header)
    except (BadInputError, MemoryError):
        raise
    except Exception as error:
        raise damaged(
            f"the compressed pixel data cannot be decoded ({type(error).__name__})", path
        ) from error
    if values.size != header.frames * header.rows * header.columns:
        raise cut_short(
            path, header.frames * header.rows * header.columns * values.itemsize, values.nbytes
        )
    return values


def _by_pydicom(header: Header) -> NDArray[Any]:
    decoders: Any = import_module("pydicom.pixels")
    pydicom: Any = import_module("pydicom")
    path = Path(header.path)
    try:
        decoder = decoders.get_decoder(header.transfer_syntax)
    except NotImplementedError as error:
        raise _no_decoder(header, path) from error
    if not decoder.is_available:
        raise _no_decoder(header, path)
    array, _ = decoder.as_array(pydicom.dcmread(path, force=True), raw=True)
    return np.asarray(array)


def _no_decoder(header: Header, path: Path) -> BadInputError:
    return fault(
        "DCM-11",
        f"voxels compressed by {_words(header.transfer_syntax)}, for which no decoder is installed",
        "uncompressed, RLE, JPEG, JPEG-LS, JPEG 2000 or HTJ2K pixel data",
        f"{_PLUGINS}; or decompress the series (gdcmconv --raw)",
        path,
    )


def _words(transfer_syntax: str) -> str:
    uids: Any = import_module("pydicom.uid")
    name = str(uids.UID(transfer_syntax).name)
    return transfer_syntax if name == transfer_syntax else f"{name} ({transfer_syntax})"
