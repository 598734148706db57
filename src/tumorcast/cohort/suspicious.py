"""Numbers that do not look like one measurement: codes for missing, and two units in one column."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

SENTINELS = frozenset(
    {-1.0, -9.0, -99.0, -999.0, -9999.0, 9.0, 88.0, 99.0, 888.0, 999.0, 9999.0}
)  # fmt: skip
"""Codes for "not known" in clinical data bases and statistics packages."""

CONVERSIONS: Mapping[float, str] = {
    2.54: "inches and cm",
    7: "weeks and days",
    10: "g/dL and g/L, or mm and cm",
    12: "years and months",
    17.1: "mg/dL and umol/L of bilirubin",
    30.4: "months and days",
    88.4: "mg/dL and umol/L of creatinine",
    100: "m and cm",
    365.25: "years and days",
    1000: "a unit and its thousandth, such as ug/L and ng/L",
}
"""Factors between units that tables mix, and the units. Pounds and kilograms (2.2) overlap too
much in adults to be told apart."""

_MIN_VALUES = 20
_MIN_IN_CLUSTER = 3
_MIN_SHARE_IN_CLUSTER = 0.05
_TOLERANCE = 0.3
"""How far the clusters' ratio may be from a conversion: both are medians of different patients."""
_GAP_TO_SPREAD = 1.0
_REPEATED = 3
_MORE_THAN_OTHERS = 4


@dataclass(frozen=True)
class TwoUnits:
    """Two clusters of positive numbers, a known factor apart.

    Parameters
    ----------
    low, high
        Medians of the clusters.
    n_low, n_high
        Their sizes.
    gap
        The numbers on both sides of the empty range between them.
    units
        What the factor could be.
    """

    low: float
    high: float
    n_low: int
    n_high: int
    gap: tuple[float, float]
    units: str


def two_units(values: Sequence[float]) -> TwoUnits | None:
    """Return the clusters of a column that seems to hold two units.

    They part at the widest gap between the logarithms. Both must be tighter (middle 80%) than the
    gap is wide, of several different numbers, and their medians a conversion factor apart: a long
    tail and a column of codes are not.
    """
    ordered = sorted(value for value in values if value > 0)
    if len(ordered) < _MIN_VALUES:
        return None
    least = max(_MIN_IN_CLUSTER, math.ceil(_MIN_SHARE_IN_CLUSTER * len(ordered)))
    steps = [math.log(b / a) for a, b in pairwise(ordered)]
    inner = range(least - 1, len(ordered) - least)
    place = max(inner, key=lambda i: steps[i])
    low, high = ordered[: place + 1], ordered[place + 1 :]
    if steps[place] < _GAP_TO_SPREAD * max(_spread(low), _spread(high)):
        return None
    if min(len(set(low)), len(set(high))) < _MIN_IN_CLUSTER:
        return None
    ratio = median(high) / median(low)
    factor = min(CONVERSIONS, key=lambda one: abs(math.log(ratio / one)))
    if abs(math.log(ratio / factor)) > _TOLERANCE:
        return None
    return TwoUnits(
        median(low), median(high), len(low), len(high), (low[-1], high[0]), CONVERSIONS[factor]
    )


def unexplained_spikes(values: Sequence[float]) -> Iterator[tuple[float, int]]:
    """Yield codes and their counts that stand out among a column's numbers.

    A code stands out when it occurs twice or more and lies beyond the others by more than their
    middle half spans; or when it occurs three times or more and four times as often as any other
    number.
    """
    counts = Counter(values)
    for code, count in counts.items():
        others = sorted(value for value in values if value != code)
        if code not in SENTINELS or count < 2 or len(others) < 4:
            continue
        spread = others[3 * len(others) // 4] - others[len(others) // 4]
        is_far = code > others[-1] + spread or code < others[0] - spread
        most = max(n for value, n in counts.items() if value != code)
        if is_far or (count >= _REPEATED and count >= _MORE_THAN_OTHERS * most):
            yield code, count


def _spread(ordered: Sequence[float]) -> float:
    """Return the logarithm's range of the middle 80%."""
    edge = len(ordered) // 10
    return math.log(ordered[-1 - edge] / ordered[edge])
