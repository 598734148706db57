"""The factor from a PET's rescaled values to SUVbw, slice by slice.

Source: IBSI manual for SUV computation, flowchart for the PET Image Storage class. Where it comes
to a dead end the series is refused, with the tag named; nothing has a default.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.dicom.body_size import MASS_FORMULAS, surface_cm2
from tumorcast.imaging.dicom.decay import remaining_dose_fraction
from tumorcast.imaging.dicom.faults import fault, note
from tumorcast.imaging.dicom.pet_header import PetHeader

_MEGABECQUEREL_BELOW = 1e4
_GRAMS_FROM = 1000.0
PLAUSIBLE_DOSE_BQ = (1e6, 1e10)
PLAUSIBLE_WEIGHT_KG = (0.5, 400.0)
PLAUSIBLE_SIZE_M = (0.3, 2.6)
_USUAL_BODY_SUV = (0.2, 5.0)
_POSSIBLE_BODY_SUV = (0.02, 50.0)


def suv_factors(paths: Sequence[Path], findings: list[Finding] | None) -> NDArray[np.float64]:
    """Return what the rescaled values of each slice are multiplied by, shape (slices,).

    Raises
    ------
    BadInputError
        ``SUV-01`` an element is missing; ``SUV-02`` the units cannot become an SUV; ``SUV-03``
        and ``SUV-04`` as `remaining_dose_fraction`; ``SUV-05`` dose, weight or size are
        implausible; ``SUV-07`` the image is not corrected for attenuation; ``SUV-10`` a rescale
        intercept other than 0, which a PET must not have.
    """
    found: list[Finding] = []
    factors = np.array([_factor(PetHeader(path), found) for path in paths])
    if findings is not None:
        findings.extend({(one.code, one.found): one for one in reversed(found)}.values())
    return factors


def check_plausible(values: NDArray[Any], file: str, findings: list[Finding] | None) -> None:
    """Judge the mean SUV of the body, taken as the voxels above a tenth of the brightest.

    Raises
    ------
    BadInputError
        ``SUV-08`` it is beyond a factor of ten of what a body can have.
    """
    bright = float(np.percentile(values[:: max(1, len(values) // 50)], 99.5))
    body = values[values > 0.1 * bright]
    mean = float(body.mean()) if body.size else 0.0
    low, high = _POSSIBLE_BODY_SUV
    found = f"a mean SUV of {mean:.3g} over the body"
    if not low <= mean <= high:
        raise fault(
            "SUV-08",
            found,
            "0.2 to 5",
            "check dose (0018,1074), weight (0010,1030) and their units",
            file,
        )
    if not _USUAL_BODY_SUV[0] <= mean <= _USUAL_BODY_SUV[1]:
        note(
            findings,
            Finding(
                "SUV-08",
                "warning",
                found,
                "0.2 to 5",
                "check dose (0018,1074), weight (0010,1030) and their units",
                file=file,
            ),
        )


def _factor(header: PetHeader, findings: list[Finding]) -> float:
    corrected = header.texts("Corrected Image")
    if corrected and "ATTN" not in corrected:
        raise fault(
            "SUV-07",
            f"Corrected Image (0028,0051) without ATTN: {', '.join(corrected)}",
            "an image corrected for attenuation",
            "export the attenuation-corrected series",
            header.path,
        )
    intercept = header.number("Rescale Intercept")
    if intercept:
        raise fault(
            "SUV-10",
            f"Rescale Intercept (0028,1052) {intercept:g}",
            "0, as in every PET: without activity there are no counts",
            "export the original series, or leave this PET out",
            header.path,
        )
    return _by_units(header, findings)


def _by_units(header: PetHeader, findings: list[Finding]) -> float:
    units, suv_type = header.text("Units"), header.text("SUV Type")
    if units == "BQML":
        return _from_activity(header, findings)
    if units == "CNTS":
        return _from_counts(header, suv_type, findings)
    if units == "GML" and suv_type in {"", "BW"}:
        return 1.0
    if units == "GML" and suv_type in MASS_FORMULAS:
        return _from_mass(header, suv_type, findings)
    if units == "CM2ML" and suv_type in {"", "BSA"}:
        weight_kg = _weight_kg(header, findings)
        return 1000 * weight_kg / surface_cm2(weight_kg, _size_m(header))
    raise fault(
        "SUV-02",
        f"Units (0054,1001) '{units}' with SUV Type (0054,1006) '{suv_type}'",
        "BQML, GML, CM2ML, or CNTS with Philips' scale factors",
        "export the series in Bq/mL",
        header.path,
    )


def _from_activity(header: PetHeader, findings: list[Finding]) -> float:
    """Return g over the Bq that were left."""
    weight_kg = _weight_kg(header, findings)
    dose_bq = _dose_bq(header, findings)
    return 1000 * weight_kg / (dose_bq * remaining_dose_fraction(header, findings))


def _from_counts(header: PetHeader, suv_type: str, findings: list[Finding]) -> float:
    to_activity = header.number("Activity Concentration Scale Factor")
    if to_activity:
        return to_activity * _from_activity(header, findings)
    to_suv = header.number("SUV Scale Factor")
    if to_suv and suv_type in {"", "BW"}:
        return to_suv
    raise fault(
        "SUV-02",
        "Units (0054,1001) CNTS with neither Philips' activity factor (7053,1009) nor its SUV "
        "factor (7053,1000)",
        "one of the two, other than 0",
        "export the series with private elements kept",
        header.path,
    )


def _from_mass(header: PetHeader, suv_type: str, findings: list[Finding]) -> float:
    formula = MASS_FORMULAS[suv_type]
    weight_kg, size_m, sex = (
        _weight_kg(header, findings),
        _size_m(header),
        header.text("Patient's Sex"),
    )
    male, female = (formula(weight_kg, size_m, is_male) for is_male in (True, False))
    if sex not in {"M", "F", "O"}:
        raise header.lacking("Patient's Sex", f"'{sex}'")
    if sex == "O":
        findings.append(
            Finding(
                "SUV-09",
                "warning",
                f"Patient's Sex (0010,0040) O for an SUV of type {suv_type}",
                "M or F",
                "check the SUV: the mean of both sexes' formulas was taken",
                file=str(header.path),
            )
        )
    mass_kg = {"M": male, "F": female, "O": (male + female) / 2}[sex]
    if mass_kg <= 0:
        raise _implausible(header, "Patient's Size", f"{size_m:g} m with {weight_kg:g} kg")
    return weight_kg / mass_kg


def _weight_kg(header: PetHeader, findings: list[Finding]) -> float:
    weight = header.positive("Patient's Weight")
    if weight >= _GRAMS_FROM:
        _note_unit(header, f"Patient's Weight (0010,1030) {weight:g}", "kg", "g", findings)
        weight /= 1000
    low, high = PLAUSIBLE_WEIGHT_KG
    if not low <= weight <= high:
        raise _implausible(header, "Patient's Weight", f"{weight:g} kg")
    return weight


def _dose_bq(header: PetHeader, findings: list[Finding]) -> float:
    dose = header.positive("Radionuclide Total Dose")
    if dose < _MEGABECQUEREL_BELOW:
        _note_unit(header, f"Radionuclide Total Dose (0018,1074) {dose:g}", "Bq", "MBq", findings)
        dose *= 1e6
    low, high = PLAUSIBLE_DOSE_BQ
    if not low <= dose <= high:
        raise _implausible(header, "Radionuclide Total Dose", f"{dose:g} Bq")
    return dose


def _size_m(header: PetHeader) -> float:
    size = header.positive("Patient's Size")
    if not PLAUSIBLE_SIZE_M[0] <= size <= PLAUSIBLE_SIZE_M[1]:
        raise _implausible(header, "Patient's Size", f"{size:g} m")
    return size


def _implausible(header: PetHeader, name: str, found: str) -> Exception:
    return fault(
        "SUV-05",
        f"{name}: {found}",
        "a plausible dose, weight or size",
        "correct the element, or leave this PET out",
        header.path,
    )


def _note_unit(
    header: PetHeader, found: str, expected: str, taken: str, findings: list[Finding]
) -> None:
    findings.append(
        Finding(
            "SUV-06",
            "repaired",
            found,
            f"a value in {expected}",
            f"nothing to do: it was taken in {taken}",
            file=str(header.path),
        )
    )
