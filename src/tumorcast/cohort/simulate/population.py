"""The population behind a cohort: the risk of its patients, without any image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.simulate.causes import VOXEL_CAUSES, correlation_matrix
from tumorcast.cohort.simulate.spec import SimulationSpec
from tumorcast.cohort.simulate.times import EventTimes
from tumorcast.cohort.simulate.variables import VariableDraw

_N_REFERENCE = 200_000
_REFERENCE_SEED = 414
_STEP = 0.02
_REACH = 12.0


@dataclass(frozen=True, eq=False)
class Population:
    """A large sample of latent causes and the intercept that gives the prevalence.

    Parameters
    ----------
    causes
        In the order of `CAUSES`, shape (n, 6).
    intercept
        Of the liability.
    """

    causes: NDArray[np.float64]
    intercept: float


@lru_cache(maxsize=4)
def reference_population(spec: SimulationSpec) -> Population:
    """Return 200 000 patients of the population; the same for every cohort drawn from it.

    Raises
    ------
    ValueError
        When no intercept gives the prevalence within the follow-up.
    """
    causes, _ = draw_patients(spec, np.random.default_rng(_REFERENCE_SEED), _N_REFERENCE)
    return Population(causes, _intercept(spec, causes @ spec.weights.as_array()))


def draw_patients(
    spec: SimulationSpec, rng: np.random.Generator, n: int
) -> tuple[NDArray[np.float64], VariableDraw]:
    """Draw the causes of n patients, shape (n, 6) in the order of `CAUSES`, and their variables."""
    k = len(VOXEL_CAUSES)
    mixing = np.linalg.cholesky(correlation_matrix(spec.correlations)[:k, :k])
    in_voxels = rng.standard_normal((n, k)) @ mixing.T
    variables = spec.variables.draw(rng, n)
    return np.column_stack([in_voxels, variables.clinical, variables.laboratory]), variables


def event_probability(
    times: EventTimes, predictor: NDArray[np.float64], horizon_days: float
) -> NDArray[np.float64]:
    """Return P(the event is seen by the horizon | all causes), shape (n,).

    Parameters
    ----------
    predictor
        Intercept plus the weighted causes, shape (n,).
    horizon_days
        As in `EventTimes.observed_share`.
    """
    at, probability = _risk_curve(times, horizon_days)
    return np.interp(predictor, at, probability)


@lru_cache(maxsize=32)
def _risk_curve(
    times: EventTimes, horizon_days: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tabulate the probability over the predictor, the noise of the liability integrated out.

    The cells of the integral start at the liability that brings the event on the horizon itself,
    where the integrand jumps.
    """
    from scipy.special import ndtr  # noqa: PLC0415  (slow to import)

    jump = times.liability_at(horizon_days)
    edges = jump + _STEP * np.arange(-round(_REACH / _STEP), round(_REACH / _STEP) + 1)
    share = times.observed_share((edges[:-1] + edges[1:]) / 2, horizon_days)
    noise = np.diff(ndtr(edges - jump))
    from_middle = slice(len(share) // 2 - 1, len(share) // 2 - 1 + len(share))
    probability = np.convolve(share, noise)[from_middle]
    certain = np.convolve(np.ones_like(share), noise)[from_middle]
    return np.asarray(edges[:-1], dtype=np.float64), probability / certain


def _intercept(spec: SimulationSpec, weighted: NDArray[np.float64]) -> float:
    """Return the intercept at which the mean probability is the prevalence."""
    from scipy.optimize import brentq  # noqa: PLC0415  (slow to import)

    def excess(intercept: float) -> float:
        share = event_probability(spec.times, intercept + weighted, spec.horizon_days).mean()
        return float(share) - spec.prevalence

    if excess(_REACH / 2) < 0:
        raise ValueError(
            f"no intercept gives {spec.prevalence:.0%} events; follow-up is too short or death "
            "comes too soon"
        )
    return float(brentq(excess, -_REACH / 2, _REACH / 2, xtol=1e-6))
