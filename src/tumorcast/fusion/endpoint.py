"""The contract of a network's endpoint: outputs, loss, and the probability by a time."""

from __future__ import annotations

from typing import NamedTuple, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features import State


class Rows(NamedTuple):
    """What is known of some cases, each of shape (n,).

    Parameters
    ----------
    label
        1 where the event came by the horizon.
    weight
        Weight of the label; 0 where the state at the horizon is not known.
    event
        0 censored, 1 the event, 2 and above competing events.
    time_days
        Days to the event or to the end of follow-up; NaN when only the fact is known.
    """

    label: Tensor
    weight: Tensor
    event: Tensor
    time_days: Tensor

    @classmethod
    def of(cls, outcome: Outcome, target: BinaryTarget) -> Rows:
        """Return the rows of a training cohort."""
        time = outcome.time_days
        days = torch.full((len(outcome),), torch.nan) if time is None else torch.from_numpy(time)
        return cls(
            torch.from_numpy(target.label).float(),
            torch.from_numpy(target.weight).double(),
            torch.from_numpy(outcome.event),
            days.double(),
        )

    def to(self, device: torch.device) -> Rows:
        """Return the rows on a device."""
        return Rows(*(values.to(device) for values in self))

    def take(self, index: NDArray[np.int64]) -> Rows:
        """Return the rows at these positions."""
        positions = torch.from_numpy(index).to(self.label.device)
        return Rows(*(values[positions] for values in self))


class Endpoint(Protocol):
    """From what a network puts out to the probability of the event by a time.

    `learn` sees the rows that the network learns from and nothing else. Batches may have any
    number of rows, also none with the event; their loss is then 0 or that of the others, never NaN.
    """

    @property
    def n_outputs(self) -> int:
        """Numbers that the network puts out for a case; known after `learn`."""

    def usable(self, rows: Rows) -> Tensor:
        """Return which rows the network can learn from, shape (n,)."""

    def start(self) -> list[float]:
        """Return the outputs that a network begins with, of length `n_outputs`; after `learn`."""

    def learn(self, rows: Rows, horizon_days: float) -> Self:
        """Return an endpoint whose scale is learned from the training rows."""

    def loss(self, output: Tensor, rows: Rows) -> Tensor:
        """Return the mean loss of rows with `output` of shape (n, outputs); a scalar."""

    def finish(self, output: Tensor, rows: Rows) -> Self:
        """Return an endpoint that also knows what follows from the trained network's outputs."""

    def incidence(self, output: Tensor, time_days: float) -> Tensor:
        """Return the probability of the event by a time, shape (n,)."""

    def state(self) -> State:
        """Return all that was learned."""

    def restore(self, state: State) -> Self:
        """Return an endpoint with these settings that has learned `state`."""
