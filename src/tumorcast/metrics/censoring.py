"""When follow-up ends: the distribution of the censoring times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CensoringDistribution:
    """Kaplan-Meier estimate of G(t), the probability of not being censored up to day t.

    Estimator: the reverse Kaplan-Meier estimate, in which being censored is the event. Tie rule:
    an event comes before a censoring of the same day, so whoever has an event on a day is not at
    risk of being censored on it. Beyond the last censoring G keeps its last value.

    Parameters
    ----------
    time_days
        Days on which somebody was censored, ascending; shape (k,).
    probability
        G just after each of these days; shape (k,).

    References
    ----------
    Uno et al., J Am Stat Assoc 2007;102:527; Gerds & Schumacher, Biom J 2006;48:1029.
    """

    time_days: NDArray[np.float64]
    probability: NDArray[np.float64]

    @classmethod
    def fit(cls, event: NDArray[np.int64], time_days: NDArray[np.float64]) -> CensoringDistribution:
        """Estimate G from follow-up.

        Parameters
        ----------
        event
            0 censored, anything else an event of any kind; shape (n,).
        time_days
            Days to the event or to the end of follow-up; shape (n,). NaN is not accepted.
        """
        if event.shape != time_days.shape:
            raise ValueError(f"event has shape {event.shape}, time_days {time_days.shape}")
        if np.isnan(time_days).any():
            raise ValueError("time_days holds NaN: the censoring distribution needs every time")
        days, n_censored = np.unique(time_days[event == 0], return_counts=True)
        in_order = np.sort(time_days)
        n_followed = len(in_order) - np.searchsorted(in_order, days, side="left")
        event_days = np.sort(time_days[event != 0])
        n_events = np.searchsorted(event_days, days, "right") - np.searchsorted(event_days, days)
        staying = 1.0 - n_censored / (n_followed - n_events)
        return cls(days, np.cumprod(staying, dtype=np.float64))

    def uncensored_probability(
        self, times: NDArray[np.float64], *, before: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return G(t), or its left limit G(t-) where `before` is true.

        Parameters
        ----------
        times
            Days; shape (n,).
        before
            Where the left limit is wanted: an event on day t was seen because nobody had censored
            the case earlier; shape (n,).
        """
        steps = np.where(
            before,
            np.searchsorted(self.time_days, times, side="left"),
            np.searchsorted(self.time_days, times, side="right"),
        )
        return np.concatenate(([1.0], self.probability))[steps]
