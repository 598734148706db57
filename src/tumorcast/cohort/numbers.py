"""Numbers and yes/no out of text, strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_YES = frozenset({"1", "yes", "y", "true", "t", "+", "pos", "positive", "present"})
_NO = frozenset({"0", "no", "n", "false", "f", "-", "neg", "negative", "absent"})


def number_of(text: str, decimal: str = ".") -> float | None:
    """Return the finite number that the whole text is, or ``None``.

    No thousands separators, no signs of comparison (``<0.5``), no units, no infinity.
    """
    plain = text.replace("\N{MINUS SIGN}", "-")
    if decimal == ",":
        if "." in plain:
            return None
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if abs(value) != float("inf") else None


def flag_of(text: str, decimal: str = ".") -> float | None:
    """Return 1.0 for yes, 0.0 for no, ``None`` for any other text."""
    word = text.casefold().replace("\N{MINUS SIGN}", "-")
    if word in _YES:
        return 1.0
    if word in _NO:
        return 0.0
    value = number_of(text, decimal)
    return value if value in {0.0, 1.0} else None


def is_one_of(text: str, choices: Iterable[str], decimal: str = ".") -> bool:
    """Return whether the text is one of the choices; equal numbers are equal however written."""
    choices = set(choices)
    if text in choices:
        return True
    value = number_of(text, decimal)
    return value is not None and value in {number_of(choice) for choice in choices}
