"""Several tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tumorcast.metrics.arrays import Floats


def holm(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted for their number by Holm's step-down method.

    Holm, Scand J Stat 1979;6:65: the family-wise error stays below the level under any dependence.
    NaN (no test was possible) stays NaN and does not count.

    Parameters
    ----------
    p_values
        Shape (m,).
    """
    raw = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(raw.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(raw))
    order = tested[np.argsort(raw[tested], kind="stable")]
    factor = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(raw[order] * factor), 1.0)
    return adjusted
