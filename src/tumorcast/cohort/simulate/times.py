"""When the event comes, given the liability, and what hides it from the observer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class EventTimes:
    """A log-normal accelerated failure time with a delay, censoring and a competing death.

    The event comes at ``delay + (anchor - delay) * exp(-spread * liability)`` days, so that it
    comes before `anchor_days` exactly when the liability is above 0: the liability-threshold
    model (Falconer, Ann Hum Genet 1965;29:51) and the log-normal failure-time model in one.
    Censoring and death depend on nothing.

    Parameters
    ----------
    anchor_days
        Day before which a liability above 0 brings the event.
    spread
        Standard deviation of the logarithm of the time, given the causes.
    delay_days
        No event comes earlier.
    followup_days
        Follow-up ends on a day uniform between these two.
    dropout_days
        Mean of the exponential time to being lost; infinite for nobody.
    death_days
        Mean of the exponential time to a competing death; infinite for none.
    """

    anchor_days: float
    spread: float
    delay_days: float
    followup_days: tuple[float, float]
    dropout_days: float = math.inf
    death_days: float = math.inf

    def event_days(self, liability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the days to the event, of the shape of `liability`."""
        scale = self.anchor_days - self.delay_days
        return self.delay_days + scale * np.exp(-self.spread * liability)

    def liability_at(self, days: float) -> float:
        """Return the liability that brings the event on this day; 0 for an infinite day."""
        if not math.isfinite(days):
            return 0.0
        scale = self.anchor_days - self.delay_days
        return -math.log((days - self.delay_days) / scale) / self.spread

    def observe(
        self, liability: NDArray[np.float64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Draw follow-up and death; return event (0, 1, 2) and whole days, each of shape (n,)."""
        n = len(liability)
        event_days = self.event_days(liability)
        lost_days = np.minimum(
            rng.uniform(*self.followup_days, size=n), _exponential(rng, self.dropout_days, n)
        )
        death_days = _exponential(rng, self.death_days, n)
        ends = np.minimum(lost_days, death_days)
        event = np.where(event_days <= ends, 1, np.where(death_days < lost_days, 2, 0))
        days = np.maximum(np.ceil(np.minimum(event_days, ends)), 1.0)
        return event.astype(np.int64), days

    def observed_share(
        self, liability: NDArray[np.float64], horizon_days: float
    ) -> NDArray[np.float64]:
        """Return P(the event is seen by the horizon | liability), of the shape of `liability`.

        Up to a finite horizon censoring is not counted, because inverse-probability weights undo
        it; death before the event is. For an infinite horizon the event has to come within the
        patient's own follow-up.
        """
        days = self.event_days(liability)
        alive = np.exp(-days / self.death_days)
        if math.isfinite(horizon_days):
            return np.where(days <= horizon_days, alive, 0.0)
        first, last = self.followup_days
        followed = np.clip((last - days) / (last - first), 0.0, 1.0)
        return alive * followed * np.exp(-days / self.dropout_days)


def _exponential(rng: np.random.Generator, mean_days: float, n: int) -> NDArray[np.float64]:
    draws = rng.exponential(size=n)
    return draws * mean_days if math.isfinite(mean_days) else np.full(n, np.inf)
