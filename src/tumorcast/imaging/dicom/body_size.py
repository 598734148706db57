"""From other normalizations of the SUV to body weight.

Sources: James 1976 (Research on Obesity, HMSO); Janmahasatian 2005 (doi
10.2165/00003088-200544100-00004); Sugawara 1999 (doi 10.1148/radiology.213.2.r99nv37521); Du Bois
1916. Which one an image used is its SUV Type (0054,1006), DICOM PS3.3, C.8.9.1.
"""

from __future__ import annotations

from collections.abc import Callable

Formula = Callable[[float, float, bool], float]


def james(weight_kg: float, size_m: float, male: bool) -> float:
    """Return the lean body mass in kg after James."""
    ratio = (weight_kg / (100 * size_m)) ** 2
    return 1.10 * weight_kg - 120 * ratio if male else 1.07 * weight_kg - 148 * ratio


def james_128(weight_kg: float, size_m: float, male: bool) -> float:
    """Return the lean body mass in kg after James, with 128 for men."""
    ratio = (weight_kg / (100 * size_m)) ** 2
    return 1.10 * weight_kg - 128 * ratio if male else 1.07 * weight_kg - 148 * ratio


def janmahasatian(weight_kg: float, size_m: float, male: bool) -> float:
    """Return the lean body mass in kg after Janmahasatian."""
    bmi = weight_kg / size_m**2
    return 9270 * weight_kg / (6680 + 216 * bmi if male else 8780 + 244 * bmi)


def ideal_weight(weight_kg: float, size_m: float, male: bool) -> float:  # noqa: ARG001
    """Return the ideal body weight in kg after Sugawara."""
    above_cm = 100 * size_m - 152
    return 48.0 + 1.06 * above_cm if male else 45.5 + 0.91 * above_cm


def surface_cm2(weight_kg: float, size_m: float) -> float:
    """Return the body surface in cm2 after Du Bois."""
    return float(71.84 * weight_kg**0.425 * (100 * size_m) ** 0.725)


MASS_FORMULAS: dict[str, Formula] = {
    "LBM": james,
    "LBMJAMES128": james_128,
    "LBMJANMA": janmahasatian,
    "IBW": ideal_weight,
}
