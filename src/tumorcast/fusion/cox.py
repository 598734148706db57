"""Proportional hazards with a penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features import State
from tumorcast.features.cox_penalty import penalised_coefficients, smallest_emptying
from tumorcast.features.partial_likelihood import PartialLikelihood
from tumorcast.fusion.inner import patient_numbers
from tumorcast.fusion.learner import shares

_STEPS = np.logspace(0, -3, 13)
"""Penalties as shares of the smallest one that leaves out every column."""

_N_FOLDS = 5
_FEWEST_A_FOLD = 2
"""Patients with an event, on the average of the folds."""


@dataclass
class CoxLearner:
    """Cox's proportional hazards with the elastic net (Simon et al., J Stat Softw 2011;39(5)).

    The log partial likelihood per row (Efron's ties) is maximised under the penalty. Folds of the
    patients choose its strength by the cross-validated partial likelihood (Verweij and van
    Houwelingen, Stat Med 1993;12:2305); of equals the strongest wins, and with too few patients
    with events for folds it is the middle one. Competing events count as censored, so the hazard
    is the cause-specific one, and so is the incidence that follows from it.

    Parameters
    ----------
    l1_ratio
        Share of the absolute penalty, which leaves columns out, in the whole.
    penalty
        Strength of the penalty; ``None`` lets the folds choose.
    """

    l1_ratio: float = 0.5
    penalty: float | None = None

    def clone(self) -> Self:
        """Return an unfitted learner with the same settings."""
        return type(self)(self.l1_ratio, self.penalty)

    def fit(
        self,
        matrix: NDArray[np.float64],
        event: NDArray[np.int64],
        time_days: NDArray[np.float64],
        *,
        groups: NDArray[np.str_],
        seed: int,
    ) -> Self:
        """Learn penalty, coefficients and baseline hazard; the seed decides the folds.

        Raises
        ------
        ValueError
            When no row has the event.
        """
        had_event = event == 1
        if not had_event.any():
            raise ValueError("a learner on times needs rows with the event")
        self.centre_ = matrix.mean(axis=0)
        centred = matrix - self.centre_
        likelihood = PartialLikelihood.of(had_event, time_days)
        self.penalty_ = self.penalty
        if self.penalty_ is None:
            patient = patient_numbers(groups)
            self.penalty_ = self._chosen_penalty(centred, had_event, time_days, patient, seed)
        self.coefficients_ = self._coefficients(centred, likelihood, self.penalty_)
        self.days_ = likelihood.days
        self.hazard_ = likelihood.baseline_hazard(centred @ self.coefficients_)
        return self

    def _chosen_penalty(
        self,
        matrix: NDArray[np.float64],
        had_event: NDArray[np.bool_],
        time_days: NDArray[np.float64],
        patient: NDArray[np.int64],
        seed: int,
    ) -> float:
        everyone = PartialLikelihood.of(had_event, time_days)
        penalties = smallest_emptying(matrix, everyone, self.l1_ratio) * _STEPS
        with_event = len(np.unique(patient[had_event]))
        if with_event < _FEWEST_A_FOLD * _N_FOLDS or not matrix.shape[1]:
            return float(penalties[len(penalties) // 2])
        gain = np.zeros(len(penalties))
        fold = _folds(had_event, patient, seed)
        for number_of_fold in range(_N_FOLDS):
            others = np.flatnonzero(fold != number_of_fold)
            part = PartialLikelihood.of(had_event[others], time_days[others])
            start = np.zeros(matrix.shape[1])
            for number, penalty in enumerate(penalties):
                start = self._coefficients(matrix[others], part, float(penalty), start)
                linear = matrix @ start
                gain[number] += everyone.value(linear) - part.value(linear[others])
        return float(penalties[int(np.argmax(gain))])

    def _coefficients(
        self,
        matrix: NDArray[np.float64],
        likelihood: PartialLikelihood,
        penalty: float,
        start: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        return penalised_coefficients(
            matrix,
            likelihood,
            absolute=penalty * self.l1_ratio,
            square=penalty * (1 - self.l1_ratio),
            start=start,
        )

    def predict_risk(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log hazard ratio to a case with mean columns, shape (n,)."""
        return np.asarray((matrix - self.centre_) @ self.coefficients_)

    def predict_incidence(
        self, matrix: NDArray[np.float64], times_days: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability of the event by each of the times, shape (n, times)."""
        steps = np.concatenate(([0.0], self.hazard_))
        baseline = steps[np.searchsorted(self.days_, times_days, side="right")]
        return np.asarray(-np.expm1(-np.exp(self.predict_risk(matrix))[:, np.newaxis] * baseline))

    def importance(self) -> NDArray[np.float64]:
        """Return the share of each column in the sum of absolute coefficients."""
        return shares(np.abs(self.coefficients_))

    def state(self) -> State:
        """Return the mean columns, coefficients and the cumulative baseline hazard."""
        return {
            "centre": self.centre_,
            "coefficients": self.coefficients_,
            "penalty": np.array(self.penalty_),
            "days": self.days_,
            "hazard": self.hazard_,
        }

    def restore(self, state: State) -> Self:
        """Return a learner with these settings that has learned `state`."""
        restored = self.clone()
        restored.centre_ = state["centre"].astype(np.float64)
        restored.coefficients_ = state["coefficients"].astype(np.float64)
        restored.penalty_ = float(state["penalty"])
        restored.days_ = state["days"].astype(np.float64)
        restored.hazard_ = state["hazard"].astype(np.float64)
        return restored


def _folds(
    had_event: NDArray[np.bool_], patient: NDArray[np.int64], seed: int
) -> NDArray[np.int64]:
    """Return the number of each row's fold; every fold has its part of the events, shape (n,).

    Patients are dealt round, those with most events first.
    """
    events = np.bincount(patient, weights=had_event)
    shuffled = np.random.default_rng(seed).permutation(len(events))
    most_first = shuffled[np.argsort(-events[shuffled], kind="stable")]
    fold = np.empty(len(events), dtype=np.int64)
    fold[most_first] = np.arange(len(events)) % _N_FOLDS
    return fold[patient]
