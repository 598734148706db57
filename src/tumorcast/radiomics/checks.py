"""What the value of a setting must look like. Each check returns the value as it is kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], Any]

INTERPOLATORS = (
    "sitkNearestNeighbor",
    "sitkLinear",
    "sitkBSpline",
    "sitkGaussian",
    "sitkLabelGaussian",
    "sitkHammingWindowedSinc",
    "sitkCosineWindowedSinc",
    "sitkWelchWindowedSinc",
    "sitkLanczosWindowedSinc",
    "sitkBlackmanWindowedSinc",
)
"""In the order of SimpleITK's numbers, which start at 1."""

LARGEST_TOLERANCE = 0.1
"""Above a tenth of a voxel a tolerance hides a shift of the mask instead of rounding."""


class NotAcceptedError(Exception):
    """Says what would have been accepted."""


def number(value: Any) -> float:
    """Accept a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise NotAcceptedError("a number")
    return value


def number_or_nan(value: Any) -> float:
    """Accept a number or ``nan``."""
    if isinstance(value, str) and value.lower() in {"nan", ".nan"}:
        return math.nan
    return value if isinstance(value, float) and math.isnan(value) else number(value)


def positive(value: Any) -> float:
    """Accept a number above 0."""
    if number(value) <= 0:
        raise NotAcceptedError("a number above 0")
    return float(value) if isinstance(value, float) else value


def non_negative(value: Any) -> float:
    """Accept a number that is not below 0."""
    if number(value) < 0:
        raise NotAcceptedError("a number of 0 or more")
    return float(value) if isinstance(value, float) else value


def boolean(value: Any) -> bool:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise NotAcceptedError("true or false")
    return value


def positive_int(value: Any) -> int:
    """Accept a whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise NotAcceptedError("a whole number above 0")
    return value


def non_negative_int(value: Any) -> int:
    """Accept a whole number that is not below 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise NotAcceptedError("a whole number of 0 or more")
    return value


def tolerance(value: Any) -> float:
    """Accept a fraction of a voxel that does not hide a shift."""
    if not 0 < number(value) <= LARGEST_TOLERANCE:
        raise NotAcceptedError(
            f"a fraction of a voxel, above 0 and at most {LARGEST_TOLERANCE}; a larger one hides "
            "that the mask lies elsewhere (resample the mask, or set correctMask: true)"
        )
    return float(value)


def optional(check: Check) -> Check:
    """Accept nothing, or what `check` accepts."""
    return lambda value: None if value is None else check(value)


def one_of(*values: Any) -> Check:
    """Accept one of these values."""

    def check(value: Any) -> Any:
        if isinstance(value, bool) or value not in values:
            raise NotAcceptedError(f"one of {', '.join(str(known) for known in values)}")
        return value

    return check


def _listed(value: Any, check: Check, expected: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise NotAcceptedError(expected)
    try:
        return tuple(check(item) for item in value)
    except NotAcceptedError:
        raise NotAcceptedError(expected) from None


def positives(value: Any) -> tuple[float, ...]:
    """Accept a list of numbers above 0."""
    return _listed(value, positive, "a list of numbers above 0, such as [1.0, 2.0]")


def positive_ints(value: Any) -> tuple[int, ...]:
    """Accept a list of whole numbers above 0."""
    values = _listed(value, positive_int, "a list of whole numbers above 0, such as [1, 2]")
    if not values:
        raise NotAcceptedError("at least one whole number above 0")
    return values


def spacing(value: Any) -> tuple[float, float, float]:
    """Accept three spacings along (x, y, z) in mm, 0 to keep one."""
    expected = "three numbers of 0 or more, along x, y and z in mm, such as [1, 1, 1]"
    values = _listed(value, non_negative, expected)
    if len(values) != 3:
        raise NotAcceptedError(expected)
    return (values[0], values[1], values[2])


def one_or_two_numbers(value: Any) -> tuple[float, ...]:
    """Accept one threshold or two."""
    expected = "a list of one or two numbers"
    values = _listed(value, number, expected)
    if len(values) not in {1, 2}:
        raise NotAcceptedError(expected)
    return values


def ordered_pair(value: Any) -> tuple[float, ...]:
    """Accept two numbers, the second above the first."""
    expected = "two numbers, the second above the first, such as [-1024, 3071]"
    values = _listed(value, number, expected)
    if len(values) != 2 or values[0] >= values[1]:
        raise NotAcceptedError(expected)
    return values


def interpolator(value: Any) -> str | None:
    """Accept the name of a SimpleITK interpolator, its number, or nothing."""
    if value is None or value in INTERPOLATORS:
        return value  # type: ignore[no-any-return]
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= len(INTERPOLATORS):
        return INTERPOLATORS[value - 1]
    raise NotAcceptedError(f"one of {', '.join(INTERPOLATORS)} or its number, 1 to 10")


def wavelet(value: Any) -> str:
    """Accept the name of a discrete wavelet of PyWavelets."""
    import pywt  # noqa: PLC0415

    if value not in pywt.wavelist(kind="discrete"):
        raise NotAcceptedError(
            "a discrete wavelet of PyWavelets, such as coif1, haar, db4, bior1.3"
        )
    return str(value)
