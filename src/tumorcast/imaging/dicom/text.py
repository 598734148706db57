"""Text elements, in the character set that the file declares (PS3.5, section 6.1)."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_ESCAPE = b"\x1b"
_DELIMITERS = frozenset(b"\r\n\t\f\\^=")
"""After each of these the first character set holds again."""


def text_of(value: bytes) -> str:
    """Return a text of plain characters, such as a UID or a number, without its padding."""
    return value.decode("latin-1").strip(" \0")


def decoded(value: bytes, charset: bytes) -> str:
    """Return a text without its padding.

    Parameters
    ----------
    value
        As the file holds it.
    charset
        Specific Character Set (0008,0005) of the file. Where it is absent, unknown, or does not fit
        the value, Latin-1 is taken, which reads every byte.
    """
    if value.isascii() and _ESCAPE not in value:
        return text_of(value)
    charsets: Any = import_module("pydicom.charset")
    terms = [term.strip() for term in text_of(charset).split("\\")]
    if not all(term in charsets.python_encoding for term in terms):
        return text_of(value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a character that the set lacks
        try:
            text: str = charsets.decode_bytes(
                value, charsets.convert_encodings(terms), set(_DELIMITERS)
            )
        except (UserWarning, ValueError, LookupError):
            return text_of(value)
    return text.strip(" \0")


@contextmanager
def unquoted() -> Iterator[None]:
    """Keep libraries from saying what they think of a header: they quote it, names included."""
    log = logging.getLogger("pydicom")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
