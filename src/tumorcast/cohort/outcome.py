"""What happened to the patients, kept apart from the cases."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import CensoringDistribution

EVER_DAYS = math.inf
"""The horizon that means: at any time of the follow-up, whatever its length."""


@dataclass(frozen=True)
class BinaryTarget:
    """Whether the event came before a horizon, and how much each case counts.

    Parameters
    ----------
    label
        1 where the event came at or before the horizon, else 0; shape (n,).
    weight
        Inverse probability of not being censored; 0 where the state at the horizon is not known;
        shape (n,).
    outcome
        Event and time of the same cases, for steps that learn from times; ``None`` where they are
        not given.
    """

    label: NDArray[np.int64]
    weight: NDArray[np.float64]
    outcome: Outcome | None = None

    def rows(self, index: NDArray[np.int64]) -> BinaryTarget:
        """Return the target of the cases at these positions."""
        outcome = None if self.outcome is None else self.outcome.rows(index)
        return BinaryTarget(self.label[index], self.weight[index], outcome)


@dataclass(frozen=True)
class Outcome:
    """Event and time of every case, in the order of the cohort.

    Parameters
    ----------
    case_ids
        The cases, shape (n,).
    event
        0 censored, 1 the event, 2 and above competing events; shape (n,).
    time_days
        Days from the index date to the event or to the end of follow-up; shape (n,). ``None``
        when only the fact is known.
    levels
        Names of the classes of an endpoint of three or more, without times. Then `event` holds
        the position of each case's class among them, and `of_class` gives one class as the event.
    """

    case_ids: tuple[str, ...]
    event: NDArray[np.int64]
    time_days: NDArray[np.float64] | None = None
    levels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.levels and (
            self.time_days is not None or not np.all(self.event < len(self.levels))
        ):
            raise ValueError(f"event must be a position among {self.levels}, without times")
        if self.event.shape != (len(self.case_ids),):
            raise ValueError(f"event has shape {self.event.shape} for {len(self.case_ids)} cases")
        if self.event.size and self.event.min() < 0:
            raise ValueError("event codes start at 0 (censored)")
        if self.time_days is not None:
            if self.time_days.shape != self.event.shape:
                raise ValueError(f"time_days {self.time_days.shape}, event {self.event.shape}")
            if not np.all(self.time_days > 0):
                raise ValueError("every time_days must be above 0")

    def __len__(self) -> int:
        return len(self.case_ids)

    def rows(self, index: NDArray[np.int64]) -> Outcome:
        """Return the outcome of the cases at these positions."""
        time_days = None if self.time_days is None else self.time_days[index]
        case_ids = tuple(self.case_ids[i] for i in index)
        return Outcome(case_ids, self.event[index], time_days, self.levels)

    def of_class(self, number: int) -> Outcome:
        """Return whether the cases are of a class, as an event without a time."""
        if not 0 <= number < len(self.levels):
            raise ValueError(f"no class {number} among {self.levels}")
        return Outcome(self.case_ids, (self.event == number).astype(np.int64))

    def class_target(self) -> BinaryTarget:
        """Return what a step learns classes from: the position of each as its label, all alike.

        Only steps that know of classes (`OverClasses`) may look at these labels.
        """
        if not self.levels:
            raise ValueError("this outcome has no classes")
        return BinaryTarget(self.event, np.ones(len(self)), self)

    def censoring(self) -> CensoringDistribution | None:
        """Return the distribution of the censoring times of these cases."""
        if self.time_days is None:
            return None
        return CensoringDistribution.fit(self.event, self.time_days)

    def binary_at(
        self, horizon_days: float, censoring: CensoringDistribution | None = None
    ) -> BinaryTarget:
        """Return the label at a horizon with inverse-probability-of-censoring weights.

        A case with a competing event before the horizon is known not to have had the event.
        A case censored before the horizon is in neither class and has weight 0; the others
        stand in for it (Uno et al., J Am Stat Assoc 2007;102:527, section 2).

        Parameters
        ----------
        horizon_days
            Days from the index date, or `EVER_DAYS` for the whole follow-up: then every case
            counts once and the length of follow-up is ignored.
        censoring
            Distribution of censoring times; by default that of these cases. Learned from more
            than one case, so inside a fold it must come from the training rows.
        """
        if self.levels:
            raise ValueError("an outcome of several classes is no event; ask for `of_class`")
        if self.time_days is None or math.isinf(horizon_days):
            return BinaryTarget((self.event == 1).astype(np.int64), np.ones(len(self)), self)
        before = self.time_days <= horizon_days
        label = (before & (self.event == 1)).astype(np.int64)
        known = ~before | (self.event > 0)
        distribution = censoring or CensoringDistribution.fit(self.event, self.time_days)
        at = np.minimum(self.time_days, horizon_days)
        still_followed = distribution.uncensored_probability(at, before=before)
        with np.errstate(divide="ignore"):
            weight = np.where(known, 1.0 / still_followed, 0.0)
        if not np.all(np.isfinite(weight)):
            raise ValueError(
                f"nobody is followed to {horizon_days:g} days, so its weights are not defined"
            )
        return BinaryTarget(label, weight, self)
