"""Dates out of text in one declared form; an ambiguous one is never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache

ISO = "YYYY-MM-DD"
EXCEL = "excel"
"""Days since the end of 1899, as Excel stores dates."""

KNOWN_FORMATS = (
    ISO, "YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY",
    "DD-MM-YYYY", "MM-DD-YYYY", "DD.MM.YY", "DD/MM/YY", "MM/DD/YY", EXCEL,
)  # fmt: skip
"""What is proposed when a column is in another form than the declared one."""

_PARTS = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})"}
_TIME_OF_DAY = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_EXCEL_START = date(1899, 12, 30)
_EXCEL_DAYS = range(3654, 73051)  # 1910 to 2099: other numbers are no dates of patients


def check_format(written: str) -> str:
    """Return the format as it is.

    Raises
    ------
    ValueError
        When it does not hold year, month and day once each, the year with four digits.
    """
    if written == EXCEL:
        return written
    if any(written.count(part) != 1 for part in _PARTS) or written.count("Y") != 4:
        raise ValueError(
            f"'{written}' must be '{EXCEL}', or hold YYYY, MM and DD once each, such as "
            "DD/MM/YYYY; years of two digits say no century"
        )
    return written


def date_of(text: str, written: str) -> date | None:
    """Return the day that the whole text means in this format, or ``None``.

    A time of day behind it is ignored.
    """
    if written == EXCEL:
        whole = text.removesuffix(".0")
        is_serial = whole.isascii() and whole.isdecimal() and int(whole) in _EXCEL_DAYS
        return _EXCEL_START + timedelta(days=int(whole)) if is_serial else None
    found = _pattern(written).fullmatch(text)
    if found is None:
        return None
    year = int(found["year"])
    try:
        return date(year, int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def formats_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the known formats that read every one of the texts as a day."""
    texts = list(texts)
    return tuple(
        written
        for written in KNOWN_FORMATS
        if texts and all(_reads(text, written) for text in texts)
    )


def shown_readings(text: str, formats: Sequence[str]) -> str:
    """Return what a text means in each format: ``3 April 2020 by DD/MM/YYYY``."""
    readings = []
    for written in formats:
        day = date_of(text, written)
        meaning = f"{day.day} {day:%B} {day.year}" if day else "a year of two digits"
        readings.append(f"{meaning} by {written}")
    return " or ".join(readings) or "no date in any known format"


def _reads(text: str, written: str) -> bool:
    if written.endswith("YYYY") or not written.endswith("YY"):
        return date_of(text, written) is not None
    short = re.fullmatch(r"(\d{1,2}[./])(\d{1,2}[./])(\d{2})", text, re.ASCII)
    full = f"{short[1]}{short[2]}20{short[3]}" if short else ""
    return date_of(full, written.replace("YY", "YYYY")) is not None


@lru_cache
def _pattern(written: str) -> re.Pattern[str]:
    pattern = re.escape(written)
    for part, digits in _PARTS.items():
        pattern = pattern.replace(part, digits if written != "YYYYMMDD" else _exact(part, digits))
    return re.compile(pattern + _TIME_OF_DAY, re.ASCII)


def _exact(part: str, digits: str) -> str:
    return digits.replace("{1,2}", "{2}") if part != "YYYY" else digits
