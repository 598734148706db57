"""Several classes as the endpoint of a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tumorcast.features import State
from tumorcast.fusion.endpoint import Rows


@dataclass
class ClassEndpoint:
    """One output a class, whose softmax is the probability of each; all rows count alike.

    `Rows.event` holds the position of each row's class; every class is among the rows of `learn`.
    """

    shares_: list[float] = field(init=False, repr=False)

    @property
    def n_outputs(self) -> int:
        """Number of classes."""
        return len(self.shares_)

    def usable(self, rows: Rows) -> Tensor:
        """Return that every row has a class, shape (n,)."""
        return torch.ones_like(rows.event, dtype=torch.bool)

    def learn(self, rows: Rows, horizon_days: float) -> Self:  # noqa: ARG002
        """Return an endpoint that knows the share of each class among the rows."""
        learned = replace(self)
        counts = torch.bincount(rows.event.cpu())
        learned.shares_ = (counts / counts.sum()).tolist()
        return learned

    def start(self) -> list[float]:
        """Return the outputs that a network begins with: the shares of the classes."""
        return [float(np.log(share)) for share in self.shares_]

    def loss(self, output: Tensor, rows: Rows) -> Tensor:
        """Return the mean cross-entropy of the rows; a scalar."""
        return cross_entropy(output, rows.event, reduction="sum") / max(len(output), 1)

    def finish(self, output: Tensor, rows: Rows) -> Self:  # noqa: ARG002
        """Return the endpoint: the output says everything."""
        return self

    def incidence(self, output: Tensor, time_days: float) -> Tensor:  # noqa: ARG002
        """Return the probability of each class, shape (n, classes)."""
        return torch.softmax(output.double(), dim=1)

    def state(self) -> State:
        """Return the share of each class."""
        return {"shares": np.array(self.shares_)}

    def restore(self, state: State) -> Self:
        """Return an endpoint that has learned `state`."""
        restored = replace(self)
        restored.shares_ = state["shares"].tolist()
        return restored
