"""The smallest sample from which a prediction model should be developed, by Riley's criteria."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

_OPTIMISM = 0.05
_MARGIN_OF_ERROR = 0.05
_Z = 1.96
_NODES = 80


@dataclass(frozen=True)
class SampleSize:
    """Patients that a model's development needs, by criterion and altogether.

    Parameters
    ----------
    shrinkage
        So that predictor effects are expected to shrink by 10% or less.
    optimism
        So that apparent and adjusted Nagelkerke's R2 differ by 0.05 or less.
    overall_risk
        So that the overall risk is known to within 0.05.
    n
        The largest of the three.
    n_events
        Events expected among `n`.
    events_per_parameter
        `n_events` by candidate parameter.
    r2_cox_snell
        That the sizes were computed with.
    """

    shrinkage: int
    optimism: int
    overall_risk: int
    n: int
    n_events: float
    events_per_parameter: float
    r2_cox_snell: float


def sample_size_binary(
    parameters: int, prevalence: float, r2_cox_snell: float, *, shrinkage: float = 0.9
) -> SampleSize:
    """Return the minimum sample size of a model for a binary outcome.

    Riley et al., Stat Med 2019;38:1276, criteria (i) to (iii); the same stand in BMJ 2020;368:m441.

    Parameters
    ----------
    parameters
        Candidates, before any selection.
    prevalence
        Share of patients with the event, in (0, 1).
    r2_cox_snell
        Of the model in new patients; from a C statistic by `cox_snell_of_c`.
    shrinkage
        Target of criterion (i), in (0, 1).

    Raises
    ------
    ValueError
        When an argument is out of its range, or no model of such an outcome reaches this R2.
    """
    if not 0 < prevalence < 1:
        raise ValueError(f"the prevalence must lie between 0 and 1, not {prevalence}")
    null = _null_log_likelihood(prevalence)
    overall = (_Z / _MARGIN_OF_ERROR) ** 2 * prevalence * (1 - prevalence)
    return _sizes(parameters, r2_cox_snell, shrinkage, null, overall, prevalence)


def sample_size_survival(
    parameters: int,
    r2_cox_snell: float,
    *,
    rate: float,
    timepoint: float,
    mean_followup: float,
    shrinkage: float = 0.9,
) -> SampleSize:
    """Return the minimum sample size of a model for the time to an event.

    As `sample_size_binary`; the overall risk is that of an exponential time at `timepoint`, whose
    upper 95% limit is to lie within 0.05.

    Parameters
    ----------
    rate
        Events by patient and unit of time.
    timepoint
        For which risks are predicted, in units of time.
    mean_followup
        Of the patients, in units of time.

    Raises
    ------
    ValueError
        As `sample_size_binary`.
    """
    if min(rate, timepoint, mean_followup) <= 0:
        raise ValueError("the rate, the timepoint and the mean follow-up must be above 0")
    share = rate * mean_followup
    null = share * math.log(share) - share
    room = 1 - _MARGIN_OF_ERROR * math.exp(rate * timepoint)
    overall = (
        0.0 if room <= 0 else share * (_Z * timepoint / (-math.log(room) * mean_followup)) ** 2
    )
    return _sizes(parameters, r2_cox_snell, shrinkage, null, overall, share)


def _sizes(
    parameters: int,
    r2: float,
    shrinkage: float,
    null_log_likelihood: float,
    overall: float,
    share: float,
) -> SampleSize:
    """Return the sizes; the log-likelihood of no predictors is that by patient."""
    largest = 1 - math.exp(2 * null_log_likelihood)
    if parameters < 1:
        raise ValueError(f"a model has at least one candidate parameter, not {parameters}")
    if not 0 < shrinkage < 1:
        raise ValueError(f"the shrinkage must lie between 0 and 1, not {shrinkage}")
    if not 0 < r2 < min(largest, shrinkage):
        raise ValueError(
            f"Cox and Snell's R2 must lie between 0 and {min(largest, shrinkage):.3f}, not {r2}"
        )
    apparent = r2 + _OPTIMISM * largest
    sizes = (_for(parameters, r2, shrinkage), _for(parameters, r2, r2 / apparent), overall)
    shrunk, optimism, overall_risk = (math.ceil(size) for size in sizes)
    n = max(shrunk, optimism, overall_risk)
    n_events = n * share
    return SampleSize(shrunk, optimism, overall_risk, n, n_events, n_events / parameters, r2)


def _null_log_likelihood(prevalence: float) -> float:
    """Return that of no predictors, by patient."""
    return prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)


def _for(parameters: int, r2: float, shrinkage: float) -> float:
    """Return the sample in which the effects are expected to shrink by this factor."""
    return parameters / ((shrinkage - 1) * math.log1p(-r2 / shrinkage))


def cox_snell_of_c(c_statistic: float, prevalence: float) -> float:
    """Return Cox and Snell's R2 of a logistic model whose C statistic is known.

    The linear predictor is normal with the same variance in patients with and without the event
    (Riley, Van Calster and Collins, Stat Med 2021;40:859). They simulate a million patients; here
    the likelihood is integrated (Gauss-Hermite), so nothing is random.

    Parameters
    ----------
    c_statistic
        In (0.5, 1).
    prevalence
        Share of patients with the event, in (0, 1).

    Raises
    ------
    ValueError
        When an argument is out of its range.
    """
    if not (0.5 < c_statistic < 1 and 0 < prevalence < 1):
        raise ValueError(
            "the C statistic must lie between 0.5 and 1 and the prevalence between 0 and 1,"
            f" not {c_statistic} and {prevalence}"
        )
    distance = math.sqrt(2) * float(norm.ppf(c_statistic))
    node, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    weight = weight / weight.sum()
    base = math.log(prevalence / (1 - prevalence))
    in_cases = base + distance * (node + distance) - distance**2 / 2
    in_others = base + distance * node - distance**2 / 2
    likelihood = -prevalence * (weight @ np.logaddexp(0, -in_cases))
    likelihood -= (1 - prevalence) * (weight @ np.logaddexp(0, in_others))
    null = _null_log_likelihood(prevalence)
    return float(-math.expm1(-2 * (likelihood - null)))
