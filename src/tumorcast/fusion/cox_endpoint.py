"""Cox's partial likelihood as the loss of a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tumorcast.features import State
from tumorcast.features.partial_likelihood import PartialLikelihood
from tumorcast.fusion.endpoint import Rows


def _nothing() -> NDArray[np.float64]:
    """Return the days of a baseline that is not known yet."""
    return np.empty(0)


@dataclass
class CoxEndpoint:
    """One output, the log hazard ratio; the loss is the partial likelihood inside the batch.

    Ties by Efron's rule; competing events count as censored. The baseline hazard is Breslow's,
    from the outputs of the training rows. Sources: as `PartialLikelihood`; in batches: Kvamme et
    al., J Mach Learn Res 2019;20(129).
    """

    n_outputs: int = 1
    days_: NDArray[np.float64] = field(init=False, repr=False, default_factory=_nothing)
    hazard_: NDArray[np.float64] = field(init=False, repr=False, default_factory=_nothing)

    def usable(self, rows: Rows) -> Tensor:
        """Return that all rows count: they were at risk until their censoring, shape (n,)."""
        return torch.ones_like(rows.event, dtype=torch.bool)

    def start(self) -> list[float]:
        """Return the output that a network begins with: no difference."""
        return [0.0]

    def learn(self, rows: Rows, horizon_days: float) -> Self:  # noqa: ARG002
        """Return the endpoint: a ratio has no scale."""
        return self

    def loss(self, output: Tensor, rows: Rows) -> Tensor:
        """Return the negative log partial likelihood an event, 0 without events; a scalar."""
        linear = output[:, 0]
        event = rows.event == 1
        if not bool(event.any()):
            return output.sum() * 0
        hazard = torch.exp(linear - linear.detach().max())
        days, tie = torch.unique(rows.time_days[event], return_inverse=True)
        seen = torch.searchsorted(days, rows.time_days, right=True)
        empty = hazard.new_zeros(len(days) + 1)
        at_risk = empty.index_add(0, seen, hazard).flip(0).cumsum(0).flip(0)[1:]
        dying = empty[1:].index_add(0, tie, hazard[event])
        left = at_risk[tie] - _shares(tie) * dying[tie]
        likelihood = linear[event] - linear.detach().max() - torch.log(left)
        return -likelihood.mean()

    def finish(self, output: Tensor, rows: Rows) -> Self:
        """Return an endpoint with the baseline hazard of these outputs."""
        linear = output[:, 0].detach().cpu().double().numpy()
        event = (rows.event == 1).cpu().numpy()
        likelihood = PartialLikelihood.of(event, rows.time_days.cpu().numpy())
        finished = replace(self)
        finished.days_ = likelihood.days
        finished.hazard_ = likelihood.baseline_hazard(linear)
        return finished

    def incidence(self, output: Tensor, time_days: float) -> Tensor:
        """Return the probability of the event by a time, shape (n,)."""
        steps = np.concatenate(([0.0], self.hazard_))
        baseline = float(steps[np.searchsorted(self.days_, time_days, side="right")])
        return -torch.expm1(-torch.exp(output[:, 0].double()) * baseline)

    def state(self) -> State:
        """Return the cumulative baseline hazard; empty before `finish`."""
        return {"days": self.days_, "hazard": self.hazard_}

    def restore(self, state: State) -> Self:
        """Return an endpoint with this baseline hazard."""
        restored = replace(self)
        restored.days_ = state["days"].astype(np.float64)
        restored.hazard_ = state["hazard"].astype(np.float64)
        return restored


def _shares(tie: Tensor) -> Tensor:
    """Return for each event which share of its day's events came before it, shape (e,)."""
    order = torch.argsort(tie, stable=True)
    size = torch.bincount(tie)
    first = size.cumsum(0) - size
    rank = torch.empty_like(tie)
    rank[order] = torch.arange(len(tie), device=tie.device) - first[tie[order]]
    return rank / size[tie]
