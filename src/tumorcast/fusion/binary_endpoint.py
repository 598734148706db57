"""The state at the horizon as the endpoint of a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from tumorcast.features import State
from tumorcast.fusion.endpoint import Rows


@dataclass
class BinaryEndpoint:
    """One output, the logit of the event by the horizon; rows count by their censoring weight."""

    n_outputs: int = 1
    share_: float = field(init=False, repr=False)
    mean_weight_: float = field(init=False, repr=False)

    def usable(self, rows: Rows) -> Tensor:
        """Return which rows have a known state at the horizon, shape (n,)."""
        return rows.weight > 0

    def learn(self, rows: Rows, horizon_days: float) -> Self:  # noqa: ARG002
        """Return an endpoint that knows the share of events and the mean weight of the rows."""
        learned = replace(self)
        weight = rows.weight[self.usable(rows)]
        learned.mean_weight_ = float(weight.mean())
        learned.share_ = float(np.average(rows.label.cpu(), weights=rows.weight.cpu()))
        return learned

    def start(self) -> list[float]:
        """Return the output that a network begins with."""
        return [float(np.log(self.share_ / (1 - self.share_)))]

    def loss(self, output: Tensor, rows: Rows) -> Tensor:
        """Return the mean binary cross-entropy of the rows by weight; a scalar."""
        weight = rows.weight / self.mean_weight_
        each = binary_cross_entropy_with_logits(
            output[:, 0], rows.label.to(output.dtype), weight.to(output.dtype), reduction="none"
        )
        return each.sum() / max(len(output), 1)

    def finish(self, output: Tensor, rows: Rows) -> Self:  # noqa: ARG002
        """Return the endpoint: the output says everything."""
        return self

    def incidence(self, output: Tensor, time_days: float) -> Tensor:  # noqa: ARG002
        """Return the probability of the event by the horizon, shape (n,)."""
        return torch.sigmoid(output[:, 0].double())

    def state(self) -> State:
        """Return the share of events and the mean weight."""
        return {"share": np.array(self.share_), "mean_weight": np.array(self.mean_weight_)}

    def restore(self, state: State) -> Self:
        """Return an endpoint that has learned `state`."""
        restored = replace(self)
        restored.share_ = float(state["share"])
        restored.mean_weight_ = float(state["mean_weight"])
        return restored
