"""A figure over repeats with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import PatientBootstrap
from tumorcast.validation.plain import plain_number
from tumorcast.validation.training_spread import UNIT, spread_interval

Floats = NDArray[np.float64]
Metric = Callable[[Floats], Floats]
"""From case weights (b, n) to values (b,)."""


def summary(
    metrics: Sequence[Metric],
    bootstrap: PatientBootstrap,
    counts: Mapping[str, int],
    spread: float,
    bounds: tuple[float, float] = UNIT,
) -> dict[str, float | None]:
    """Return the mean of one metric a repeat, its interval and spread, and the counts.

    Parameters
    ----------
    metrics
        The same metric on the predictions of each repeat.
    bootstrap
        Resamples of the cases' patients.
    counts
        Put beside the figures.
    spread, bounds
        As for `spread_interval`.
    """
    weight = np.ones(bootstrap.counts.shape[1])
    values = np.array([metric(weight[None, :])[0] for metric in metrics])
    resampled = np.mean([bootstrap.values(metric, weight) for metric in metrics], axis=0)
    low, high = spread_interval(resampled, spread, bounds)
    return {
        "value": plain_number(values.mean()),
        "ci_low": plain_number(low),
        "ci_high": plain_number(high),
        "sd_repeats": plain_number(values.std(ddof=1)) if len(values) > 1 else None,
        **counts,
    }
