"""What the simulator knows and no study may see: causes, risks and what is attainable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.simulate.causes import CAUSES, correlation_matrix, positions_of
from tumorcast.cohort.simulate.population import event_probability, reference_population
from tumorcast.cohort.simulate.spec import SimulationSpec
from tumorcast.metrics import auroc


@dataclass(frozen=True, eq=False)
class Truth:
    """The latent causes of a cohort's patients and the risk that they make.

    Parameters
    ----------
    spec
        The population.
    case_ids
        In the order of the cohort.
    causes
        In the order of `CAUSES`, each of mean 0 and variance 1 in the population; shape (n, 6).
    """

    spec: SimulationSpec
    case_ids: tuple[str, ...]
    causes: NDArray[np.float64]

    def cause(self, name: str) -> NDArray[np.float64]:
        """Return one cause, shape (n,)."""
        return self.causes[:, positions_of([name])[0]]

    @property
    def predictor(self) -> NDArray[np.float64]:
        """Intercept plus the weighted causes: the best risk score there is, shape (n,)."""
        intercept = reference_population(self.spec).intercept
        return intercept + self.causes @ self.spec.weights.as_array()

    def probability(self, horizon_days: float | None = None) -> NDArray[np.float64]:
        """Return each case's P(event seen by the horizon | all its causes), shape (n,).

        `horizon_days` is by default that of the population.
        """
        days = self.spec.horizon_days if horizon_days is None else horizon_days
        return event_probability(self.spec.times, self.predictor, days)

    def best_score(self, causes: Iterable[str]) -> NDArray[np.float64]:
        """Return the cases' best risk score for who knows these causes only, shape (n,).

        Its AUROC in this cohort differs from `attainable_auroc` by the luck of the draw, which
        every model of the cohort shares.
        """
        return self.causes @ _regression(self.spec, positions_of(causes))

    def attainable_auroc(self, causes: Iterable[str], horizon_days: float | None = None) -> float:
        """Return the AUROC that knowing these causes exactly, and nothing else, attains.

        It is the AUROC, in the population, of the Bayes-optimal score ``P(event | these causes)``
        for the label "the event is seen by the horizon". No score that depends on these causes
        only can be better (Neyman-Pearson). See `attainable_auroc`.
        """
        days = self.spec.horizon_days if horizon_days is None else horizon_days
        return attainable_auroc(self.spec, tuple(causes), days)

    def attainable(self, horizon_days: float | None = None) -> dict[tuple[str, ...], float]:
        """Return `attainable_auroc` of every subset of the causes that carry risk."""
        active = self.spec.weights.active
        subsets = (s for size in range(len(active) + 1) for s in combinations(active, size))
        return {subset: self.attainable_auroc(subset, horizon_days) for subset in subsets}


def attainable_auroc(spec: SimulationSpec, causes: tuple[str, ...], horizon_days: float) -> float:
    """Return the AUROC of the Bayes-optimal score given a subset of the causes.

    Given the known causes, the weighted sum of the unknown ones is its regression on the known
    ones plus a remainder that does not depend on them (the correlated causes are jointly normal,
    the others independent). So P(event | known) rises with the known part of the predictor, and
    ranking by that part is optimal. Its AUROC is computed on 200 000 patients without drawing
    labels: a patient of probability p counts p times as an event and 1 - p times as none, which
    leaves a standard error below 0.001.

    Parameters
    ----------
    causes
        Names; none gives 0.5.
    horizon_days
        As in `EventTimes.observed_share`.
    """
    return _attainable(spec, tuple(positions_of(causes)), horizon_days)


@lru_cache(maxsize=512)
def _attainable(spec: SimulationSpec, known: tuple[int, ...], horizon_days: float) -> float:
    if not known:
        return 0.5
    score = reference_population(spec).causes @ _regression(spec, list(known))
    ascending = np.argsort(score)
    probability = _reference_probability(spec, horizon_days)[ascending]
    return auroc(
        np.tile([1, 0], len(score)),
        np.repeat(score[ascending], 2),
        np.column_stack([probability, 1.0 - probability]).ravel(),
    )


@lru_cache(maxsize=4)
def _reference_probability(spec: SimulationSpec, horizon_days: float) -> NDArray[np.float64]:
    population = reference_population(spec)
    predictor = population.intercept + population.causes @ spec.weights.as_array()
    return event_probability(spec.times, predictor, horizon_days)


def _regression(spec: SimulationSpec, known: list[int]) -> NDArray[np.float64]:
    """Return the weights of the known causes in E[predictor | known], 0 for the unknown."""
    weights = spec.weights.as_array()
    correlation = correlation_matrix(spec.correlations)
    unknown = [i for i in range(len(CAUSES)) if i not in known]
    among = correlation[np.ix_(known, known)]
    across = correlation[np.ix_(known, unknown)]
    result = np.zeros(len(CAUSES))
    result[known] = weights[known] + np.linalg.solve(among, across @ weights[unknown])
    return result
