"""Cox's partial likelihood with tied times, and the baseline hazard that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PartialLikelihood:
    """Log partial likelihood of linear predictors, with Efron's rule for tied events.

    Sources: Cox, J R Stat Soc B 1972;34:187; Efron, J Am Stat Assoc 1977;72:557. Who is censored
    on the day of an event is still at risk on it.

    Parameters
    ----------
    days
        Days with an event, ascending; shape (d,).
    seen
        How many of these days each case was at risk on; shape (n,).
    event
        Positions of the cases with an event, by time; shape (e,).
    tie
        Number of the event's day; shape (e,).
    share
        Share of its day's events that Efron's rule takes out of the risk set; shape (e,).
    """

    days: Floats
    seen: NDArray[np.int64]
    event: NDArray[np.int64]
    tie: NDArray[np.int64]
    share: Floats

    @classmethod
    def of(cls, had_event: NDArray[np.bool_], time_days: Floats) -> Self:
        """Return the likelihood of these cases; both of shape (n,)."""
        positions = np.flatnonzero(had_event)
        event = positions[np.argsort(time_days[positions], kind="stable")]
        days, first, tie, size = np.unique(
            time_days[event], return_index=True, return_inverse=True, return_counts=True
        )
        share = (np.arange(len(event)) - first[tie]) / size[tie]
        seen = np.searchsorted(days, time_days, side="right")
        return cls(days, seen, event, tie, share)

    def value(self, linear: Floats) -> float:
        """Return the log partial likelihood of linear predictors, shape (n,)."""
        top = float(linear.max(initial=0.0))
        at_risk, dying = self._sums(np.exp(linear - top))
        left = at_risk[self.tie] - self.share * dying[self.tie]
        return float(linear[self.event].sum() - (np.log(left) + top).sum())

    def gradient(self, linear: Floats) -> Floats:
        """Return the derivative by every linear predictor, shape (n,)."""
        hazard = np.exp(linear - linear.max(initial=0.0))
        at_risk, dying = self._sums(hazard)
        left = at_risk[self.tie] - self.share * dying[self.tie]
        n_days = len(self.days)
        of_day = np.bincount(self.tie, 1 / left, n_days)
        taken_out = np.bincount(self.tie, self.share / left, n_days)
        expected = hazard * np.concatenate(([0.0], np.cumsum(of_day)))[self.seen]
        expected[self.event] -= hazard[self.event] * taken_out[self.tie]
        gradient = -expected
        gradient[self.event] += 1
        return np.asarray(gradient)

    def baseline_hazard(self, linear: Floats) -> Floats:
        """Return Breslow's cumulative baseline hazard on every day with an event, shape (d,).

        Source: Breslow, Biometrics 1974;30:89.
        """
        at_risk, _ = self._sums(np.exp(linear))
        return np.cumsum(np.bincount(self.tie, minlength=len(self.days)) / at_risk)

    def _sums(self, hazard: Floats) -> tuple[Floats, Floats]:
        """Return the hazards of those at risk and of those with the event, for every day."""
        n_days = len(self.days)
        leaving = np.bincount(self.seen, hazard, n_days + 1)
        at_risk = np.cumsum(leaving[::-1])[::-1][1:]
        dying = np.bincount(self.tie, hazard[self.event], n_days)
        return at_risk.astype(np.float64), dying.astype(np.float64)
