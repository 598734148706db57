"""How alike the features are that repeated selections choose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri


class SelectionStability(NamedTuple):
    """Nogueira's measure and its confidence interval; NaN where it is not defined."""

    value: float
    ci_low: float
    ci_high: float


def selection_stability(chosen: NDArray[np.bool_], level: float = 0.95) -> SelectionStability:
    """Return how much more alike selections are than if chance had made them.

    1 when all choose the same features, about 0 when each chooses at random. Below 0.4 is usually
    called poor and above 0.75 excellent. The interval takes the selections for independent; those
    of cross-validation share cases, so it is somewhat narrow.

    Estimator: Nogueira, Sechidis and Brown, J Mach Learn Res 2018;18:174, equation 4 with the
    variance of their theorem 7.

    Parameters
    ----------
    chosen
        Whether a selection has a feature, shape (selections, features).
    level
        Coverage of the interval.
    """
    picked = np.asarray(chosen, dtype=np.float64)
    m, d = picked.shape
    share = picked.mean(axis=0)
    mean_size = float(share.sum())
    by_chance = mean_size / d * (1 - mean_size / d)
    if m < 2 or by_chance <= 0:
        return SelectionStability(np.nan, np.nan, np.nan)
    value = 1 - m / (m - 1) * float(np.mean(share * (1 - share))) / by_chance
    size = picked.sum(axis=1)
    each = (
        picked @ share / d
        - size * mean_size / d**2
        + value / 2 * (2 * mean_size * size / d**2 - size / d - mean_size / d + 1)
    ) / by_chance
    error = 2 / m * float(np.sqrt(np.sum((each - each.mean()) ** 2)))
    half = float(ndtri(0.5 + level / 2)) * error
    return SelectionStability(value, value - half, value + half)
