"""Student's test for differences between folds, corrected for their common training cases."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from tumorcast.metrics.delong import PairedTest


def corrected_resampled_t(
    differences: ArrayLike, test_share: float, level: float = 0.95
) -> PairedTest:
    """Test whether the mean difference between two models over many folds is 0.

    Estimator: Nadeau and Bengio (Mach Learn 2003;52:239), for repeated cross-validation as in
    Bouckaert and Frank (PAKDD 2004). The variance of the mean is taken as
    ``(1 / J + test cases / training cases) s**2``: the J folds share most of their training cases,
    so their differences are not independent. It speaks of models trained on cohorts of this size,
    not only of these models; the degrees of freedom are J - 1.

    Not accepted: NaN, fewer than two folds.

    Parameters
    ----------
    differences
        In the metric, one a fold, of all repeats; shape (j,).
    test_share
        Test cases over training cases of a fold.
    level
        Coverage of the interval.
    """
    values = np.asarray(differences, dtype=np.float64)
    if len(values) < 2 or not np.isfinite(values).all():
        raise ValueError("the corrected resampled t test needs two finite differences or more")
    mean, freedom = float(values.mean()), len(values) - 1
    error = float(np.sqrt((1 / len(values) + test_share) * values.var(ddof=1)))
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    if error > 1e-12:
        p_value = float(2 * stdtr(freedom, -abs(mean) / error))
    else:
        p_value = 1.0 if abs(mean) <= 1e-12 else float(np.nan)
    return PairedTest(mean, mean - half, mean + half, p_value)
