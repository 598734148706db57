"""What a PET header says about dose, patient and times, read without guessing.

Source of the rules: Vácha et al., IBSI manual for SUV computation (oncoray.github.io), flowchart
for the PET Image Storage class.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tumorcast.errors import BadInputError
from tumorcast.imaging.dicom.faults import fault
from tumorcast.imaging.dicom.structures import dataset_of, parsing

GE_SCAN_TIME = 0x0009100D
GE_ADMINISTRATION_TIME = 0x0009103B
SIEMENS_SCAN_TIME = 0x00711022
PHILIPS_SUV_FACTOR = 0x70531000
PHILIPS_ACTIVITY_FACTOR = 0x70531009
_CREATORS = {0x0009: "GEMS_PETD_01", 0x0071: "SIEMENS MED PT", 0x7053: "Philips PET Private Group"}
_BLOCKS = range(0x10, 0x20)
"""A maker's elements lie in the block that its name reserves (PS3.5, 7.8.1), usually the first."""

_TAGS: dict[str, int] = {
    "Series Date": 0x00080021, "Acquisition Date": 0x00080022, "Series Time": 0x00080031,
    "Acquisition DateTime": 0x0008002A, "Acquisition Time": 0x00080032, "Manufacturer": 0x00080070,
    "Timezone Offset From UTC": 0x00080201, "Patient's Sex": 0x00100040,
    "Patient's Size": 0x00101020, "Patient's Weight": 0x00101030,
    "Actual Frame Duration": 0x00181242, "Corrected Image": 0x00280051,
    "Radiopharmaceutical Information Sequence": 0x00540016, "Units": 0x00541001,
    "SUV Type": 0x00541006, "Decay Correction": 0x00541102, "Frame Reference Time": 0x00541300,
    "Rescale Intercept": 0x00281052,
    "GE scan time": GE_SCAN_TIME, "GE administration time": GE_ADMINISTRATION_TIME,
    "Siemens scan time": SIEMENS_SCAN_TIME,
    "SUV Scale Factor": PHILIPS_SUV_FACTOR,
    "Activity Concentration Scale Factor": PHILIPS_ACTIVITY_FACTOR,
}  # fmt: skip
_DOSE_TAGS: dict[str, int] = {
    "Radiopharmaceutical Start Time": 0x00181072, "Radionuclide Total Dose": 0x00181074,
    "Radionuclide Half Life": 0x00181075, "Radiopharmaceutical Start DateTime": 0x00181078,
}  # fmt: skip
_READ = [
    *_TAGS.values(),
    *(group << 16 | block for group in _CREATORS for block in _BLOCKS),
    *(
        tag & 0xFFFF00FF | block << 8
        for tag in _TAGS.values()
        if tag >> 16 in _CREATORS
        for block in _BLOCKS
    ),
]
_NO_DATE = "10000101"
_DATE_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.(\d{1,6}))?([+-]\d{4})?\Z")


class PetHeader:
    """The elements of one PET slice that an SUV depends on.

    Parameters
    ----------
    path
        The slice.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._set = dataset_of(path, stop_before_pixels=True, specific_tags=_READ)
        with parsing(path):
            items = self._set.get(_TAGS["Radiopharmaceutical Information Sequence"])
            self._items = [] if items is None or not items.value else list(items.value)

    def text(self, name: str) -> str:
        """Return an element as text; empty if it is absent."""
        return self._all_text(name).split("\\")[0]

    def texts(self, name: str) -> list[str]:
        """Return all values of an element."""
        return [part for part in self._all_text(name).split("\\") if part]

    def number(self, name: str) -> float | None:
        """Return an element as a number; None if it is absent.

        Raises
        ------
        BadInputError
            ``SUV-01`` it is there but is no number.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            return float(text)
        except ValueError as error:
            raise self.lacking(name, f"'{text}'") from error

    def positive(self, name: str) -> float:
        """Return a number above 0.

        Raises
        ------
        BadInputError
            ``SUV-01`` it is absent or not above 0.
        """
        value = self.number(name)
        if value is None or not 0 < value < float("inf"):
            raise self.lacking(name, "none" if value is None else f"{value:g}")
        return value

    def when(self, name: str) -> datetime | None:
        """Return ``"Series"`` or ``"Acquisition"`` date and time, or None without a time.

        A missing date is that of the other; without both it is a day that fits no administration,
        so that times of day are compared.
        """
        dates = (self.text(f"{one} Date") for one in (name, "Series", "Acquisition"))
        date = next(filter(None, dates), _NO_DATE)
        return self._parsed(date + self.text(f"{name} Time"))

    def date_time(self, name: str) -> datetime | None:
        """Return a date and time in the scanner's time zone, or None if absent or unreadable."""
        return self._parsed(self.text(name))

    def time_of_day(self, name: str) -> timedelta | None:
        """Return a time since midnight, or None if absent or unreadable."""
        parsed = self._parsed("20000101" + self.text(name))
        return None if parsed is None else parsed - datetime(2000, 1, 1)

    def lacking(self, name: str, found: str = "none") -> BadInputError:
        """Return ``SUV-01``, which names the tag."""
        tag = _TAGS.get(name) or _DOSE_TAGS[name]
        return fault(
            "SUV-01",
            f"{name} ({tag >> 16:04X},{tag & 0xFFFF:04X}): {found}",
            "a value from which the SUV can be computed",
            "export the series with this element kept, or leave this PET out; it is never guessed",
            self.path,
        )

    def _all_text(self, name: str) -> str:
        with parsing(self.path):
            if name in _DOSE_TAGS:
                return self._dose_text(name)
            return _plain(self._set.get(self._placed(_TAGS[name])))

    def _placed(self, tag: int) -> int:
        """Return where a private element lies; as in the first block if no maker is named."""
        group = tag >> 16
        if group not in _CREATORS:
            return tag
        creators = [_plain(self._set.get(group << 16 | block)) for block in _BLOCKS]
        if not any(creators):
            return tag
        own = (at for at, name in zip(_BLOCKS, creators, strict=True) if name == _CREATORS[group])
        return group << 16 | next(own, 0) << 8 | tag & 0xFF

    def _dose_text(self, name: str) -> str:
        texts = {_plain(item.get(_DOSE_TAGS[name])) for item in self._items}
        if len(texts) > 1:
            raise self.lacking(name, f"{len(texts)} different injections")
        return texts.pop() if texts else ""

    def _parsed(self, text: str) -> datetime | None:
        match = _DATE_TIME.match(text.replace(":", "").replace(" ", ""))
        if match is None:
            return None
        *parts, fraction, zone = match.groups(default="")
        numbers = [int(part or 0) for part in parts]
        try:
            value = datetime(*numbers)  # type: ignore[arg-type]
        except ValueError:
            return None
        value += timedelta(microseconds=int(fraction.ljust(6, "0") or 0))
        local = self.text("Timezone Offset From UTC") if zone else ""
        return value - _offset(zone) + _offset(local) if local else value


def _plain(element: Any) -> str:
    """Return an element's value as text, also where its type is unknown (private elements)."""
    value = None if element is None else element.value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1").strip(" \0")
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return str(value).strip()
    return "\\".join(str(part) for part in value)


def _offset(zone: str) -> timedelta:
    """Return ``"+0130"`` as 90 minutes."""
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
