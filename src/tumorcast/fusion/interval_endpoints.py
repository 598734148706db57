"""Endpoints that cut the follow-up into intervals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax, softplus

from tumorcast.features import State
from tumorcast.fusion.endpoint import Rows


@dataclass
class IntervalEndpoint:
    """The intervals that the endpoints in discrete time share.

    They end at quantiles of the days of the training rows' events, so that each holds about as
    many, and at the horizon, where it lies among them.

    Parameters
    ----------
    n_intervals
        Most intervals.
    """

    n_intervals: int = 10
    ends_: NDArray[np.float64] = field(init=False, repr=False)
    n_causes_: int = field(init=False, repr=False)
    log_odds_: NDArray[np.float64] = field(init=False, repr=False)

    def usable(self, rows: Rows) -> Tensor:
        """Return that all rows count: they were at risk until their censoring, shape (n,)."""
        return torch.ones_like(rows.event, dtype=torch.bool)

    def learn(self, rows: Rows, horizon_days: float) -> Self:
        """Return an endpoint with the ends of its intervals learned from the training rows.

        Raises
        ------
        ValueError
            When no row has the event.
        """
        days = rows.time_days[rows.event == 1].cpu().numpy()
        if not len(days):
            raise ValueError("an endpoint on times needs rows with the event")
        share = np.linspace(0, 1, self.n_intervals + 1)[1:]
        ends = np.quantile(days, share, method="inverted_cdf")
        inside = [horizon_days] if days.min() < horizon_days < days.max() else []
        learned = replace(self)
        learned.ends_ = np.unique(np.concatenate([ends, inside]))
        learned.n_causes_ = max(1, int(rows.event.max()))
        learned.log_odds_ = learned.log_odds(rows)
        return learned

    def log_odds(self, rows: Rows) -> NDArray[np.float64]:
        """Return the log-odds of each kind of event against none, shape (intervals, kinds).

        Half a row is added to each, so that an interval without events has odds as well.
        """
        survived = self.survived(rows).sum(0).cpu().numpy()
        seen, kind = self.seen_event(rows), rows.event[:, None]
        events = [(seen & (kind == k + 1)).sum(0).cpu().numpy() for k in range(self.n_causes_)]
        return np.asarray(np.log((np.stack(events, axis=1) + 0.5) / (survived[:, None] + 0.5)))

    def interval_of(self, time_days: Tensor) -> Tensor:
        """Return the number of the interval in which a time lies; after all, their number."""
        ends = torch.from_numpy(self.ends_).to(time_days.device)
        return torch.searchsorted(ends, time_days)

    def survived(self, rows: Rows) -> Tensor:
        """Return which intervals a row is known to have gone through, shape (n, intervals).

        Who is censored inside an interval went through it from its middle on (Gensheimer and
        Narasimhan, PeerJ 2019;7:e6257).
        """
        starts = np.concatenate(([0.0], self.ends_[:-1]))
        middle = torch.from_numpy((starts + self.ends_) / 2).to(rows.time_days.device)
        numbers = torch.arange(len(self.ends_), device=rows.time_days.device)
        before = numbers < self.interval_of(rows.time_days)[:, None]
        half_seen = (rows.event == 0)[:, None] & (rows.time_days[:, None] >= middle)
        return before | half_seen

    def seen_event(self, rows: Rows) -> Tensor:
        """Return which interval has the row's event of any kind, shape (n, intervals)."""
        numbers = torch.arange(len(self.ends_), device=rows.time_days.device)
        here = numbers == self.interval_of(rows.time_days)[:, None]
        return here & (rows.event > 0)[:, None]

    def finish(self, output: Tensor, rows: Rows) -> Self:  # noqa: ARG002
        """Return the endpoint: the outputs say everything."""
        return self

    def position(self, time_days: float) -> tuple[int, float]:
        """Return the interval of a time, and the share of it that has passed by then."""
        number = int(np.searchsorted(self.ends_, time_days))
        if number == len(self.ends_):
            return number - 1, 1.0
        start = self.ends_[number - 1] if number else 0.0
        return number, float((time_days - start) / (self.ends_[number] - start))

    def state(self) -> State:
        """Return the ends of the intervals and what a network begins with."""
        return {"ends": self.ends_, "log_odds": self.log_odds_}

    def restore(self, state: State) -> Self:
        """Return an endpoint with these intervals."""
        restored = replace(self)
        restored.ends_ = state["ends"].astype(np.float64)
        restored.log_odds_ = state["log_odds"].astype(np.float64)
        restored.n_causes_ = restored.log_odds_.shape[1]
        return restored


@dataclass
class DiscreteTimeEndpoint(IntervalEndpoint):
    """The logit of the hazard of every interval; competing events count as censored.

    Source: Gensheimer and Narasimhan, PeerJ 2019;7:e6257 (logistic hazard). Inside an interval the
    hazard is constant.
    """

    @property
    def n_outputs(self) -> int:
        """One logit an interval."""
        return len(self.ends_)

    def learn(self, rows: Rows, horizon_days: float) -> Self:
        """As `IntervalEndpoint.learn`, with one kind of event."""
        return super().learn(_event_of_interest(rows), horizon_days)

    def start(self) -> list[float]:
        """Return the log-odds of every interval's event."""
        return [float(value) for value in self.log_odds_[:, 0]]

    def loss(self, output: Tensor, rows: Rows) -> Tensor:
        """Return the mean negative log likelihood; a scalar."""
        of_interest = _event_of_interest(rows)
        survived, event = self.survived(of_interest), self.seen_event(of_interest)
        each = survived * softplus(output) + event * softplus(-output)
        return each.sum() / max(len(output), 1)

    def incidence(self, output: Tensor, time_days: float) -> Tensor:
        """Return the probability of the event by a time, shape (n,)."""
        number, passed = self.position(time_days)
        cumulative = softplus(output.double())
        return -torch.expm1(-cumulative[:, :number].sum(1) - passed * cumulative[:, number])


@dataclass
class MtlrEndpoint(IntervalEndpoint):
    """Multi-task logistic regression: the interval of the event as a sequence of classes.

    Source: Yu et al., Adv Neural Inf Process Syst 2011;24. Who is censored in an interval had the
    event in it or later, at its end later; competing events count as censored.
    """

    @property
    def n_outputs(self) -> int:
        """One score an end of an interval."""
        return len(self.ends_)

    def start(self) -> list[float]:
        """Return the scores at which every interval is as likely as no event."""
        return [0.0] * self.n_outputs

    def loss(self, output: Tensor, rows: Rows) -> Tensor:
        """Return the mean negative log likelihood; a scalar."""
        log_share = self._log_shares(output)
        ends = torch.from_numpy(self.ends_).to(output.device)
        had_by = self.interval_of(rows.time_days)[:, None]
        free_until = torch.searchsorted(ends, rows.time_days, right=True)[:, None]
        numbers = torch.arange(log_share.shape[1], device=output.device)
        possible = torch.where((rows.event == 1)[:, None], numbers == had_by, numbers >= free_until)
        likelihood = torch.logsumexp(log_share.masked_fill(~possible, -torch.inf), dim=1)
        return -likelihood.sum() / max(len(output), 1)

    def incidence(self, output: Tensor, time_days: float) -> Tensor:
        """Return the probability of the event by a time, shape (n,)."""
        number, passed = self.position(time_days)
        share = self._log_shares(output.double()).exp()
        return share[:, :number].sum(1) + passed * share[:, number]

    def _log_shares(self, output: Tensor) -> Tensor:
        """Return the log probability of each interval and of none, shape (n, intervals + 1)."""
        score = output.flip(1).cumsum(1).flip(1)
        return log_softmax(torch.cat([score, score.new_zeros(len(score), 1)], dim=1), dim=1)


@dataclass
class CompetingRisksEndpoint(IntervalEndpoint):
    """The cause-specific hazards of every interval, one class a kind of event and one for none.

    Source: Tutz and Schmid, Modeling Discrete Time-to-Event Data, 2016, chapter 8. The incidence
    is that of the first kind; inside an interval it grows linearly.
    """

    @property
    def n_outputs(self) -> int:
        """One score a kind of event and interval."""
        return len(self.ends_) * self.n_causes_

    def start(self) -> list[float]:
        """Return the log-odds of every interval's kinds of event against none."""
        return [float(value) for value in self.log_odds_.ravel()]

    def loss(self, output: Tensor, rows: Rows) -> Tensor:
        """Return the mean negative log likelihood; a scalar.

        A kind of event that `learn` has not seen has no hazard: such a row counts as censored.
        """
        rows = rows._replace(event=torch.where(rows.event <= self.n_causes_, rows.event, 0))
        survived, event = self.survived(rows), self.seen_event(rows)
        kind = torch.where(event, rows.event[:, None], 0)
        each = cross_entropy(self._scores(output).movedim(2, 1), kind, reduction="none")
        return (each * (survived | event)).sum() / max(len(output), 1)

    def incidence(self, output: Tensor, time_days: float) -> Tensor:
        """Return the probability of the first kind of event by a time, shape (n,)."""
        number, passed = self.position(time_days)
        share = torch.softmax(self._scores(output.double()), dim=2)
        free = torch.cumprod(share[:, :, 0], dim=1)
        free_before = torch.cat([torch.ones_like(free[:, :1]), free[:, :-1]], dim=1)
        gained = free_before * share[:, :, 1]
        return gained[:, :number].sum(1) + passed * gained[:, number]

    def _scores(self, output: Tensor) -> Tensor:
        """Return the scores of no event and of each kind, shape (n, intervals, kinds + 1)."""
        score = output.reshape(len(output), len(self.ends_), self.n_causes_)
        return torch.cat([score.new_zeros(*score.shape[:2], 1), score], dim=2)


def _event_of_interest(rows: Rows) -> Rows:
    """Return the rows with competing events censored."""
    return rows._replace(event=(rows.event == 1).long())
