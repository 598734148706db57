"""Whether a file holds the voxels that its header declares, judged before memory is taken."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from tumorcast.errors import BadInputError
from tumorcast.imaging.guard import allow

MAX_DECLARED_BYTES = 4 * 1024**3
"""Largest image that is read: 4 GiB, eight times a CT of 512 x 512 x 1000 voxels."""

MAX_BLOWN_UP_BYTES = 128 * 1024**2
MAX_BLOWN_UP_MASK_BYTES = 512 * 1024**2
_MOST_BLOWN_UP = 100
"""Many voxels in a hundredth of their size or less hold next to nothing. No image shrinks so, a CT
only to a third; a mask does, and labels of 512 x 512 x 1000 voxels in two bytes are just below its
limit."""

_MAX_DEFLATE_RATIO = 1032
"""Deflate cannot shrink data further, so a header that declares more than this lies."""

_MAX_TEXT_RATIO = 4
"""A voxel that is written as text takes two characters or more, and is of eight bytes at most."""

_SLACK_BYTES = 1024**2
"""What may follow the voxels in a compressed file, as padding or a footer."""

_CHUNK_BYTES = 1024**2

Encoding = Literal["raw", "gzip", "zlib", "other"]
_WINDOW_BITS = {"gzip": 31, "zlib": 15}


@dataclass(frozen=True)
class StoredVoxels:
    """Where the voxels of an image lie on disk.

    Parameters
    ----------
    path
        The file itself, or the one beside it that a detached header names.
    offset
        Where they begin, in bytes; counted before decompression.
    n_bytes
        What they take uncompressed, with everything between `offset` and them.
    encoding
        How they are packed; ``"other"`` (text, hexadecimal) is judged by its reader alone.
    """

    path: Path
    offset: int
    n_bytes: int
    encoding: Encoding


def check_stored(stored: StoredVoxels, most_blown_up: int = MAX_BLOWN_UP_BYTES) -> None:
    """Refuse voxels that are too many, are not all there, or are damaged.

    A compressed file is decompressed once in pieces, without keeping them: its checksum is
    compared and it is not followed beyond what the header declares, so that a small file cannot
    fill the memory.

    Parameters
    ----------
    stored
        Where they lie.
    most_blown_up
        How many bytes may come out of less than a hundredth of them.

    Raises
    ------
    BadInputError
        ``IMG-05`` the header declares more than `MAX_DECLARED_BYTES` or than the file can hold,
        or the file unpacks to more than is declared; ``IMG-02`` the file is truncated or damaged.
    """
    check_size(stored, most_blown_up)
    if stored.encoding in _WINDOW_BITS:
        status = stored.path.stat()
        _unpack_once(stored, status.st_size, status.st_mtime_ns)


def check_size(stored: StoredVoxels, most_blown_up: int = MAX_BLOWN_UP_BYTES) -> None:
    """Refuse voxels that are too many for what is stored, as `check_stored`, unseen."""
    if not stored.path.is_file():
        raise damaged("the header's voxels are missing", stored.path)
    size = stored.path.stat().st_size - stored.offset
    if stored.n_bytes > MAX_DECLARED_BYTES:
        raise _too_much(
            f"a header that declares {stored.n_bytes:,} bytes of voxels",
            f"at most {MAX_DECLARED_BYTES:,}",
            stored.path,
        )
    if stored.n_bytes > _most_bytes(size, stored.encoding):
        raise damaged(
            f"the header declares {stored.n_bytes:,} bytes of voxels, the file holds {size:,}",
            stored.path,
        )
    if is_blown_up(stored.n_bytes, size, most_blown_up):
        raise _too_much(
            f"{size:,} bytes that unpack to {stored.n_bytes:,}",
            f"at most {most_blown_up:,}, or {_MOST_BLOWN_UP} times the file",
            stored.path,
        )
    allow(voxel_bytes=stored.n_bytes)


def _most_bytes(size: int, encoding: Encoding) -> int:
    """Return the most bytes of voxels that so many bytes of a file can hold."""
    if encoding == "other":
        return _MAX_TEXT_RATIO * (size + 1)
    return size if encoding == "raw" else size * _MAX_DEFLATE_RATIO


def is_blown_up(
    unpacked_bytes: int, packed_bytes: int, most_blown_up: int = MAX_BLOWN_UP_BYTES
) -> bool:
    """Tell whether little data unpack to so much that the file was made to fill the memory."""
    return unpacked_bytes > max(most_blown_up, _MOST_BLOWN_UP * packed_bytes)


def unpack_into(stored: StoredVoxels, skip_bytes: int, target: memoryview) -> None:
    """Unpack a compressed file whose size was checked, without a second copy of its voxels.

    Parameters
    ----------
    stored
        Where they lie.
    skip_bytes
        What is unpacked in front of the voxels.
    target
        Takes so many bytes as it has.

    Raises
    ------
    BadInputError
        As `check_stored`.
    """

    def take(piece: bytes, at: int) -> None:
        begin, end = max(at, 0), min(at + len(piece), len(target))
        if begin < end:
            target[begin:end] = piece[begin - at : end - at]

    _unpack(stored, lambda piece, at: take(piece, at - skip_bytes))


@lru_cache(maxsize=100_000)
def _unpack_once(stored: StoredVoxels, size: int, mtime_ns: int) -> None:  # noqa: ARG001
    _unpack(stored, lambda piece, at: None)  # noqa: ARG005


def _unpack(stored: StoredVoxels, take: Callable[[bytes, int], None]) -> None:
    """Hand over each piece of what is packed, and where it begins."""
    unpacked = 0
    try:
        for piece in _unpacked(stored):
            take(piece, unpacked)
            unpacked += len(piece)
            if unpacked > stored.n_bytes + _SLACK_BYTES:
                raise _too_much(
                    f"a file that unpacks to more than {unpacked:,} bytes",
                    f"the {stored.n_bytes:,} that its header declares",
                    stored.path,
                )
    except zlib.error as error:
        raise damaged(f"the compressed voxels are damaged ({error})", stored.path) from error
    if unpacked < stored.n_bytes:
        raise damaged(
            f"the file unpacks to {unpacked:,} bytes, its header declares {stored.n_bytes:,}",
            stored.path,
        )


def _unpacked(stored: StoredVoxels) -> Iterator[bytes]:
    """Yield what a compressed file holds, in pieces."""
    decoder = zlib.decompressobj(_WINDOW_BITS[stored.encoding])
    with stored.path.open("rb") as file:
        file.seek(stored.offset)
        packed = file.read(_CHUNK_BYTES)
        while packed:
            yield decoder.decompress(packed, _CHUNK_BYTES)
            if decoder.eof:
                packed = decoder.unused_data.lstrip(b"\0") or file.read(_CHUNK_BYTES).lstrip(b"\0")
                decoder = zlib.decompressobj(_WINDOW_BITS[stored.encoding]) if packed else decoder
            else:
                packed = decoder.unconsumed_tail or file.read(_CHUNK_BYTES)
    if not decoder.eof:
        raise damaged("the compressed voxels end too early", stored.path)


def damaged(found: str, path: str | Path) -> BadInputError:
    """Return the error for a file that cannot be read as it is."""
    return BadInputError(
        "IMG-02",
        found,
        expected="an undamaged image file",
        fix="copy or export the file again",
        file=str(path),
    )


def _too_much(found: str, expected: str, path: Path) -> BadInputError:
    return BadInputError(
        "IMG-05",
        found,
        expected=expected,
        fix="check where the file comes from; crop the image if it is really that large",
        file=str(path),
    )
