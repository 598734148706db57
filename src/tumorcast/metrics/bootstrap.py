"""Intervals from resampling patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tumorcast.metrics.arrays import Floats, case_weights

_ELEMENTS_AT_ONCE = 100_000
_UNDEFINED_ALLOWED = 0.05


class Interval(NamedTuple):
    """A confidence interval; NaN at both ends where none can be given."""

    low: float
    high: float


@dataclass(frozen=True)
class PatientBootstrap:
    """Resamples of patients with replacement; the cases of a patient are drawn together.

    A resample is written as a weight: how often each case was drawn. A metric of many weights is
    therefore computed for many resamples at once, and the same object gives paired resamples of
    several models. Inverse-probability-of-censoring weights stay as they were estimated on all
    patients.

    Parameters
    ----------
    counts
        How often each case is drawn; shape (b, n).
    """

    counts: NDArray[np.int32]

    @classmethod
    def of(
        cls, patients: Sequence[str], *, n_resamples: int = 2000, seed: int = 0
    ) -> PatientBootstrap:
        """Draw the resamples.

        Parameters
        ----------
        patients
            Patient of each case; length n.
        n_resamples
            How many resamples to draw.
        seed
            Of the draw.
        """
        names, case_patient = np.unique(np.asarray(patients, dtype=np.str_), return_inverse=True)
        n = len(names)
        drawn = np.random.default_rng(seed).integers(0, n, size=(n_resamples, n))
        cell = drawn + n * np.arange(n_resamples)[:, None]
        counts = np.bincount(cell.ravel(), minlength=n_resamples * n).reshape(n_resamples, n)
        return cls(counts[:, case_patient].astype(np.int32))

    def values(self, metric: Callable[[Floats], Floats], weight: ArrayLike | None = None) -> Floats:
        """Return the metric in every resample, shape (b,).

        Parameters
        ----------
        metric
            From weights (k, n) to values (k,), NaN where it is not defined.
        weight
            How much each case counts beside being drawn; shape (n,).
        """
        n = self.counts.shape[1]
        fixed = case_weights(weight, n)
        rows = max(1, _ELEMENTS_AT_ONCE // n)
        return np.concatenate(
            [
                metric(self.counts[start : start + rows] * fixed)
                for start in range(0, len(self.counts), rows)
            ]
        )


def bootstrap_interval(
    metric: Callable[[Floats], Floats],
    patients: Sequence[str],
    weight: ArrayLike | None = None,
    *,
    n_resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return the percentile interval of a metric over resampled patients.

    Parameters
    ----------
    metric
        From weights (b, n) to values (b,), for example
        ``lambda weights: aurocs(label, score, weights)``.
    patients
        Patient of each case; length n.
    weight
        How much each case counts; shape (n,).
    n_resamples, seed
        As for `PatientBootstrap.of`.
    level
        Coverage.
    """
    bootstrap = PatientBootstrap.of(patients, n_resamples=n_resamples, seed=seed)
    return percentile_interval(bootstrap.values(metric, weight), level)


def percentile_interval(values: Floats, level: float = 0.95) -> Interval:
    """Return the central interval of bootstrap values.

    Resamples in which the metric is not defined (NaN) are left out; when they are more than one
    in twenty there is no interval.
    """
    kept = values[np.isfinite(values)]
    if len(kept) < (1 - _UNDEFINED_ALLOWED) * len(values) or not len(kept):
        return Interval(np.nan, np.nan)
    low, high = np.quantile(kept, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(low), float(high))


def bootstrap_p_value(differences: Floats) -> float:
    """Return the two-sided p-value of "no difference" from bootstrap differences.

    Estimator: twice the smaller share of resamples on either side of 0, counting 0 on both and
    one resample more than were drawn, so that it is never 0. NaN where `percentile_interval` has
    no interval.
    """
    kept = differences[np.isfinite(differences)]
    if len(kept) < (1 - _UNDEFINED_ALLOWED) * len(differences) or not len(kept):
        return float(np.nan)
    fewer = min(np.sum(kept <= 0), np.sum(kept >= 0))
    return float(min(1.0, 2 * (fewer + 1) / (len(kept) + 1)))
