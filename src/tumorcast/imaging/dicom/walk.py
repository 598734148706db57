"""The elements of a DICOM data set one after the other, values skipped that nobody asked for.

Nearly all time of an index of many files goes by here. So a run of plain elements is walked in one
loop that calls nothing but `struct`; sequences without a length, values outside the piece of the
file at hand, and big endian files are walked element by element. Source: DICOM PS3.5, section 7.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from struct import Struct

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
META = "meta"
"""In place of a transfer syntax: the file's own group, always explicit and little endian."""

WINDOW_BYTES = 16 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000
MAX_VALUE_BYTES = 64 * 1024
"""Far above what any image's header holds, and walked in about a second."""

PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_AFTER_META, _FIRST_PIXELS = 0x00030000, min(PIXELS)
_LONG_VRS = frozenset({b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UR", b"UT", b"UN",
                       b"SV", b"UV"})  # fmt: skip
_UNDEFINED = 0xFFFFFFFF
_ITEM_END, _SEQUENCE_END = 0xFFFEE00D, 0xFFFEE0DD

_PLAIN = {implicit: Struct("<I0sI" if implicit else "<I2sH").unpack_from for implicit in (0, 1)}
_ELEMENT = {big: Struct(">HH2sH" if big else "<HH2sH").unpack_from for big in (False, True)}
_LENGTH = {big: Struct(">I" if big else "<I").unpack_from for big in (False, True)}
"""How an element begins: tag, type and length; and its length if that is written otherwise."""

_LONGEST_BEGINNING = 12


class BeyondLimitError(Exception):
    """A header with more in it than any real one."""


class Window:
    """The piece of a file around the place that is read.

    Parameters
    ----------
    file
        Handle of a file that was just opened, or a whole data set.
    """

    def __init__(self, file: int | bytes) -> None:
        self.start = 0
        self.elements_left = MAX_ELEMENTS
        self._file = file
        if isinstance(file, int):
            self.size = os.fstat(file).st_size
            self.data = os.read(file, WINDOW_BYTES)
        else:
            self.size, self.data = len(file), file

    def bytes_at(self, position: int, count: int) -> bytes:
        """Return bytes from anywhere in the file.

        Raises
        ------
        EOFError
            The file ends before them.
        """
        offset = position - self.start
        value = self.data[offset : offset + count] if offset >= 0 else b""
        if len(value) < count:
            value = self.from_here(position, count)[:count]
        if len(value) < count:
            raise EOFError
        return value

    def from_here(self, position: int, count: int = 0) -> bytes:
        """Move the window to a place and return it."""
        if isinstance(self._file, int):
            os.lseek(self._file, position, os.SEEK_SET)
            self.data = os.read(self._file, max(count, WINDOW_BYTES))
        else:
            self.data = self._file[position:]
        self.start = position
        return self.data

    def count(self, elements: int) -> None:
        """Note that so many elements were walked over."""
        self.elements_left -= elements
        if self.elements_left < 0:
            raise BeyondLimitError(f"more than {MAX_ELEMENTS:,} elements in front of the voxels")


def walk(
    window: Window, position: int, wanted: frozenset[int], syntax: str
) -> tuple[dict[int, bytes], int, bool]:
    """Return the wanted top-level values, where the walk ended, and whether voxels begin there.

    Raises
    ------
    BeyondLimitError
        Too many elements, too long a value, or sequences nested too deeply.
    EOFError, struct.error
        The file ends within an element.
    """
    values: dict[int, bytes] = {}
    implicit, big = syntax == IMPLICIT_LITTLE, syntax == EXPLICIT_BIG
    stop = _AFTER_META if syntax == META else _FIRST_PIXELS
    names = _by_stored_tag(wanted)
    last = window.size - 8
    while position <= last:
        if not big:
            position = _run(window, position, implicit, names, stop >> 16, values)
            if position > last:
                break
        tag, vr, length, value_at = _element(window, position, implicit, big)
        if tag >= stop:
            return values, position, tag in PIXELS
        if length == _UNDEFINED:
            position = _skip(window, value_at, implicit or vr == b"UN", big)
            continue
        if tag in wanted:
            if length > MAX_VALUE_BYTES:
                raise BeyondLimitError(f"an element ({tag:08X}) of {length:,} bytes")
            values[tag] = window.bytes_at(value_at, length)
        position = value_at + length
    if position != window.size or not values:
        raise EOFError
    return values, position, False


@lru_cache
def _by_stored_tag(wanted: frozenset[int]) -> dict[int, int]:
    """Return the tags by the number that their four bytes make in a little endian file."""
    return {tag >> 16 | (tag & 0xFFFF) << 16: tag for tag in wanted}


def _run(
    window: Window,
    position: int,
    implicit: bool,
    names: Mapping[int, int],
    stop_group: int,
    values: dict[int, bytes],
) -> int:
    """Walk over plain elements within the window; return where the first other one begins."""
    data = window.data
    at, size = position - window.start, len(data)
    if at < 0:
        return position
    plain, long_length, long_vrs = _PLAIN[implicit], _LENGTH[False], _LONG_VRS
    done = 0
    for done in range(window.elements_left):  # noqa: B007  (counted once, behind the loop)
        if at > size - _LONGEST_BEGINNING:
            break
        tag, vr, length = plain(data, at)
        begin = at + 8
        if vr in long_vrs:
            (length,) = long_length(data, begin)
            begin += 4
        if length == _UNDEFINED or tag & 0xFFFF >= stop_group:
            break
        end = begin + length
        if tag in names:
            if end > size:
                break
            values[names[tag]] = data[begin:end]
        at = end
    window.count(done)
    return window.start + at


def _skip(window: Window, position: int, implicit: bool, big: bool) -> int:
    """Return where a sequence of undefined length ends, its items walked without recursion.

    An element of unknown type and undefined length is encoded implicitly (PS3.5, 6.2.2).
    """
    is_implicit = [implicit]
    while is_implicit:
        tag, vr, length, position = _element(window, position, is_implicit[-1], big)
        if tag in {_SEQUENCE_END, _ITEM_END}:
            is_implicit.pop()
        elif length == _UNDEFINED:
            is_implicit.append(is_implicit[-1] or vr == b"UN")
        else:
            position += length
        if len(is_implicit) > 2 * MAX_DEPTH:
            raise BeyondLimitError(f"sequences nested more than {MAX_DEPTH} deep")
    return position


def _element(
    window: Window, position: int, implicit: bool, big: bool
) -> tuple[int, bytes, int, int]:
    """Return (tag, VR, length, where the value begins) of any element or item."""
    window.count(1)
    at = position - window.start
    if not 0 <= at <= len(window.data) - _LONGEST_BEGINNING:
        window.from_here(position)
        at = 0
    group, element, vr, length = _ELEMENT[big](window.data, at)
    if implicit or group == 0xFFFE:
        (length,) = _LENGTH[big](window.data, at + 4)
        return group << 16 | element, b"", length, position + 8
    if vr in _LONG_VRS:
        (length,) = _LENGTH[big](window.data, at + 8)
        return group << 16 | element, vr, length, position + 12
    return group << 16 | element, vr, length, position + 8
