"""How far the dose had decayed at the moment to which a PET slice was corrected.

Source: IBSI manual for SUV computation, flowchart for the PET Image Storage class; DICOM PS3.3,
C.8.9.1.1.5 (Decay Correction).
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.faults import fault, note
from tumorcast.imaging.dicom.pet_header import PetHeader

_EARLY = timedelta(hours=-1)
_LONG_LIVED_S = 41_400.0
"""With a longer half-life (Zr-89, Cu-64) the uptake may last more than a day."""


def remaining_dose_fraction(header: PetHeader, findings: list[Finding] | None) -> float:
    """Return the share of the injected dose left at the slice's reference time.

    Raises
    ------
    BadInputError
        ``SUV-01`` an element is missing; ``SUV-03`` the decay correction is of an unknown kind;
        ``SUV-04`` the time of administration cannot be told.
    """
    kind = header.text("Decay Correction")
    if kind == "ADMIN":
        return 1.0
    if kind not in {"START", "NONE"}:
        raise fault(
            "SUV-03",
            f"Decay Correction (0054,1102): '{kind}'",
            "START, ADMIN or NONE",
            "export the series with this element kept, or leave this PET out",
            header.path,
        )
    half_life_s = header.positive("Radionuclide Half Life")
    reference = (
        acquired(header) + mean_activity_time(header, half_life_s)
        if kind == "NONE"
        else start_reference(header, half_life_s)
    )
    if not (header.text("Acquisition Date") or header.text("Acquisition DateTime")):
        _note_no_date(header, findings)
    administered = administration(header, reference, half_life_s, findings)
    return float(2.0 ** (-(reference - administered).total_seconds() / half_life_s))


def start_reference(header: PetHeader, half_life_s: float) -> datetime:
    """Return the moment to which a slice with ``START`` was corrected.

    The scanner's private element (GE, Siemens) comes first; then the acquisition time, if the
    series began with it; else it is counted back from the frame.
    """
    is_ge = _is_ge(header)
    is_siemens = "SIEMENS" in header.text("Manufacturer").upper()
    private = {"GE scan time": is_ge, "Siemens scan time": is_siemens}
    for name, applies in private.items():
        stated = header.date_time(name) if applies else None
        if stated is not None:
            return stated
    start = acquired(header)
    if start == header.when("Series"):
        return start
    offset_ms = header.number("Frame Reference Time")
    if offset_ms is None or offset_ms < 0:
        raise header.lacking("Frame Reference Time", "none" if offset_ms is None else "negative")
    offset = timedelta(milliseconds=offset_ms)
    return start - offset if is_ge else start + mean_activity_time(header, half_life_s) - offset


def _is_ge(header: PetHeader) -> bool:
    return header.text("Manufacturer").upper().startswith("GE")


def acquired(header: PetHeader) -> datetime:
    """Return when the acquisition of a slice began."""
    start = header.when("Acquisition") or header.date_time("Acquisition DateTime")
    if start is None:
        day, time = header.text("Acquisition Date"), header.text("Acquisition Time")
        raise header.lacking("Acquisition Time", f"'{time}' on '{day}'")
    return start


def mean_activity_time(header: PetHeader, half_life_s: float) -> timedelta:
    """Return how long after the start of a frame the activity equalled its mean over the frame."""
    decay = math.log(2) / half_life_s * header.positive("Actual Frame Duration") / 1000
    seconds = math.log(decay / -math.expm1(-decay)) / math.log(2) * half_life_s
    return timedelta(seconds=seconds)


def administration(
    header: PetHeader, reference: datetime, half_life_s: float, findings: list[Finding] | None
) -> datetime:
    """Return when the dose was given.

    The date and time, by DICOM's element or by GE's own where neither of DICOM's is there, count if
    they lie between an hour after and two half-lives before the reference. Else (shifted or absent
    dates) the time of day counts, on the day of the reference or, across midnight, on the day
    before.

    Raises
    ------
    BadInputError
        ``SUV-04`` neither is there, or the half-life allows an uptake of more than a day.
    """
    stated, element = _stated_administration(header)
    if stated is not None and _EARLY <= reference - stated < timedelta(seconds=2 * half_life_s):
        return stated
    if stated is None:
        time = header.time_of_day("Radiopharmaceutical Start Time")
    else:
        time = timedelta(hours=stated.hour, minutes=stated.minute, seconds=stated.second)
        time += timedelta(microseconds=stated.microsecond)
    if time is None or half_life_s >= _LONG_LIVED_S:
        raise _untold(header, stated, element, half_life_s)
    today = datetime.combine(reference.date(), datetime.min.time()) + time
    if stated is not None:
        _note_date(header, element, findings)
    return today if reference - today >= _EARLY else today - timedelta(days=1)


def _stated_administration(header: PetHeader) -> tuple[datetime | None, str]:
    """Return date and time of administration as an element holds them, and which element."""
    stated = header.date_time("Radiopharmaceutical Start DateTime")
    if stated is None and not header.text("Radiopharmaceutical Start Time") and _is_ge(header):
        from_ge = header.date_time("GE administration time")
        if from_ge is not None:
            return from_ge, "GE's administration time (0009,103B)"
    return stated, "Radiopharmaceutical Start DateTime (0018,1078)"


def _untold(
    header: PetHeader, stated: datetime | None, element: str, half_life_s: float
) -> Exception:
    found = f"no {element}" if stated is None else f"{element} that does not fit the scan"
    if half_life_s >= _LONG_LIVED_S:
        found += f", with a half-life of {half_life_s:g} s"
    else:
        found += " and no Radiopharmaceutical Start Time (0018,1072)"
    return fault(
        "SUV-04",
        found,
        "the time of administration",
        "export the series with this element kept, or leave this PET out; it is never guessed",
        header.path,
    )


def _note_no_date(header: PetHeader, findings: list[Finding] | None) -> None:
    note(
        findings,
        Finding(
            "SUV-04",
            "warning",
            "no Acquisition Date (0008,0022)",
            "the day of the scan",
            "check the times of administration and scan: the series' date or, without it, only the "
            "time of day was used",
            file=str(header.path),
        ),
    )


def _note_date(header: PetHeader, element: str, findings: list[Finding] | None) -> None:
    note(
        findings,
        Finding(
            "SUV-04",
            "warning",
            f"{element} whose date does not fit the scan",
            "a date of administration within two half-lives before the scan",
            "check the times of administration and scan: only the time of day was used",
            file=str(header.path),
        ),
    )
