"""The one training loop."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tumorcast.fusion.augment import Augmentation
from tumorcast.fusion.batch import Batch, NetworkData
from tumorcast.fusion.endpoint import Endpoint, Rows
from tumorcast.fusion.started import parameter_groups

PREDICTION_BATCH = 32
WARM_UP = 0.3
"""Share of the epochs in which the learning rate rises; their weights are never kept."""


@dataclass(frozen=True)
class TrainingSettings:
    """How long a network learns.

    Parameters
    ----------
    max_epochs, patience
        Training ends after `max_epochs`, or once the held-out loss has not improved for
        `patience` epochs; the weights of the best epoch after the warm-up are kept.
    batch_size
        Cases a step.
    weight_decay
        Decoupled weight decay (Loshchilov and Hutter 2019).
    """

    max_epochs: int = 12
    patience: int = 4
    batch_size: int = 8
    weight_decay: float = 0.05


def train(
    network: nn.Module,
    data: NetworkData,
    endpoint: Endpoint,
    rows: Rows,
    fit_rows: NDArray[np.int64],
    stop_rows: NDArray[np.int64],
    settings: TrainingSettings,
    *,
    learning_rate: float,
    seed: int,
) -> list[float]:
    """Fit `network` in place and return the loss on `stop_rows` after each epoch.

    The loss is the endpoint's. `stop_rows` decide when to stop and which epoch's weights are kept;
    nothing else is learned from them.
    """
    rng = np.random.default_rng(seed)
    device = next(network.parameters()).device
    fit_rows = fit_rows[endpoint.usable(rows.take(fit_rows)).numpy()]
    known = rows.to(device)
    n_batches = math.ceil(len(fit_rows) / settings.batch_size)
    groups = parameter_groups(network, learning_rate)
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        [group["lr"] for group in groups],
        total_steps=settings.max_epochs * n_batches,
        pct_start=WARM_UP,
    )
    losses: list[float] = []
    best = copy_of_weights(network)
    for _ in range(settings.max_epochs):
        network.train()
        for index in np.array_split(rng.permutation(fit_rows), n_batches):
            batch = data.batch(index, device, Augmentation.draw(rng, len(index), tuple(data.crops)))
            with mixed_precision(device):
                output = network(batch)
            loss = endpoint.loss(output.float(), known.take(index))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        losses.append(float(endpoint.loss(predict(network, data, stop_rows), rows.take(stop_rows))))
        candidates = losses[int(WARM_UP * settings.max_epochs) :]
        if losses[-1] == min(candidates, default=None):
            best = copy_of_weights(network)
        elif candidates and len(candidates) - int(np.argmin(candidates)) > settings.patience:
            break
    network.load_state_dict(best)
    return losses


def predict(network: nn.Module, data: NetworkData, rows: NDArray[np.int64]) -> Tensor:
    """Return what the network puts out for these rows, shape (k, outputs), on the CPU."""
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode(), mixed_precision(device):
        outputs = [network(batch).double() for batch in batches_of(data, rows, device)]
    return torch.cat(outputs).cpu()


def batches_of(data: NetworkData, rows: NDArray[np.int64], device: torch.device) -> Iterator[Batch]:
    """Yield these rows in their order, a few at a time."""
    for start in range(0, len(rows), PREDICTION_BATCH):
        yield data.batch(rows[start : start + PREDICTION_BATCH], device)


def copy_of_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the parameters and buffers of a network, detached from it."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def mixed_precision(device: torch.device) -> torch.autocast:
    """Return the context that computes in bfloat16 on CUDA and in float32 elsewhere."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
