"""A line through the columns of the table beside a fusion head, and how it is learned first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.endpoint import Endpoint, Rows

if TYPE_CHECKING:
    from tumorcast.fusion.fusion_network import FusionNetwork

PENALTIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)
"""Strengths of the ridge that are tried, beside the mean loss of a row."""

PENALTY_UNTRIED = 0.1
"""Where there are no held-out rows to choose by."""

_MOST_STEPS = 100


class BesideLine(nn.Module):
    """A head to whose outputs a linear function of the table's columns is added.

    A few clinical values tell most through their sum, which a head that starts from random
    weights does not find in the few hundred steps of a small cohort, least of all beside an
    encoder's hundreds of features. So the sum has a place of its own, which is learned before the
    first step and goes on learning with the rest: a wide part beside the deep one (Cheng et al.,
    DLRS 2016, arXiv 1606.07792).

    Parameters
    ----------
    head
        From `FusionHead.build`.
    places
        Where the columns stand among the inputs of `head`; they are 0 where a case lacks them.
    n_outputs
        Of `head`.
    """

    def __init__(self, head: nn.Module, places: Sequence[int], n_outputs: int) -> None:
        super().__init__()
        self.head = head
        self.places = list(places)
        self.slope = nn.Parameter(torch.zeros(n_outputs, len(places))) if places else None

    def forward(self, encoded: Tensor) -> Tensor:
        """Map (batch, blocks with flags) to (batch, outputs)."""
        output: Tensor = self.head(encoded)
        return output if self.slope is None else output + encoded[:, self.places] @ self.slope.T


def learn_line(
    network: FusionNetwork,
    data: NetworkData,
    endpoint: Endpoint,
    rows: Rows,
    fit_rows: NDArray[np.int64],
    stop_rows: NDArray[np.int64],
) -> None:
    """Have the line of a network's head say what the columns alone tell of the endpoint.

    Ridge regression with the endpoint's loss on `fit_rows`, whose penalty is the one of `PENALTIES`
    with the least loss on `stop_rows`; a line that does not beat none there stays 0. In double
    precision on the CPU, so that the result does not depend on the device.
    """
    if network.head.slope is None:
        return
    fit_rows = fit_rows[endpoint.usable(rows.take(fit_rows)).numpy()]
    tables = network.table_blocks(
        torch.from_numpy(data.columns).double(), torch.from_numpy(data.known)
    )
    columns = torch.cat([table[:, :-1] for table in tables], dim=1)
    start = torch.tensor(endpoint.start(), dtype=torch.float64)
    slope = torch.zeros(columns.shape[1], len(start), dtype=torch.float64, requires_grad=True)

    def loss(index: NDArray[np.int64]) -> Tensor:
        return endpoint.loss(start + columns[torch.from_numpy(index)] @ slope, rows.take(index))

    def learn(penalty: float) -> None:
        optimizer = torch.optim.LBFGS([slope], max_iter=_MOST_STEPS, line_search_fn="strong_wolfe")

        def closure() -> Tensor:
            optimizer.zero_grad()
            total = loss(fit_rows) + penalty / 2 * slope.square().sum()
            total.backward()  # type: ignore[no-untyped-call]
            return total

        optimizer.step(closure)  # type: ignore[no-untyped-call]

    if np.isin(stop_rows, fit_rows).any():
        learn(PENALTY_UNTRIED)
        best = slope.detach().clone()
    else:
        best, least = slope.detach().clone(), float(loss(stop_rows).detach())
        for penalty in PENALTIES:
            learn(penalty)
            held_out = float(loss(stop_rows).detach())
            if held_out < least:
                best, least = slope.detach().clone(), held_out
    with torch.no_grad():
        network.head.slope.copy_(best.T)
