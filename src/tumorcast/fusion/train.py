"""The one training loop."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tumorcast.fusion.augment import Augmentation, Strength
from tumorcast.fusion.batch import Batch, NetworkData
from tumorcast.fusion.checkpoint import Checkpoint
from tumorcast.fusion.endpoint import Endpoint, Rows
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.started import parameter_groups
from tumorcast.fusion.team import Alone, Team
from tumorcast.fusion.together import learn_together
from tumorcast.fusion.training_identity import identity_of
from tumorcast.fusion.training_state import TrainingState, copy_of_weights

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
    augmentation
        See `Augmentation.draw`.
    devices
        Processes that train one network, each on a GPU, or on a core where there is none.
    """

    max_epochs: int = 12
    patience: int = 4
    batch_size: int = 8
    weight_decay: float = 0.05
    augmentation: Strength = "light"
    devices: int = 1


@dataclass(frozen=True)
class Course:
    """What a network learns from, and how; see `train`."""

    data: NetworkData
    endpoint: Endpoint
    rows: Rows
    fit_rows: NDArray[np.int64]
    stop_rows: NDArray[np.int64]
    settings: TrainingSettings
    learning_rate: float
    seed: int

    @property
    def n_batches(self) -> int:
        """Steps of an epoch."""
        return math.ceil(len(self.fit_rows) / self.settings.batch_size)

    def begin(self, network: FusionNetwork) -> TrainingState:
        """Return where a network stands that has learned nothing."""
        groups = parameter_groups(network, self.learning_rate)
        optimizer = torch.optim.AdamW(groups, weight_decay=self.settings.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            [group["lr"] for group in groups],
            total_steps=self.settings.max_epochs * self.n_batches,
            pct_start=WARM_UP,
        )
        rng = np.random.default_rng(self.seed)
        return TrainingState(network, optimizer, schedule, rng, copy_of_weights(network))


def train(
    network: FusionNetwork,
    data: NetworkData,
    endpoint: Endpoint,
    rows: Rows,
    fit_rows: NDArray[np.int64],
    stop_rows: NDArray[np.int64],
    settings: TrainingSettings,
    *,
    learning_rate: float,
    seed: int,
    checkpoint: Checkpoint | None = None,
) -> list[float]:
    """Fit `network` in place and return the loss on `stop_rows` after each epoch, or infinity.

    The loss is the endpoint's. `stop_rows` decide when to stop and which epoch's weights are kept;
    nothing else is learned from them. With a checkpoint, a training that was killed goes on after
    the epoch that was kept last, to the same weights. Several devices come to the weights of one
    but for the rounding of sums.

    `learning_rate` is the peak of the encoders'; see `parameter_groups`.
    """
    fit_rows = fit_rows[endpoint.usable(rows.take(fit_rows)).numpy()]
    course = Course(data, endpoint, rows, fit_rows, stop_rows, settings, learning_rate, seed)
    state = course.begin(network)
    if checkpoint is not None:
        used = (fit_rows, stop_rows)
        checkpoint.begin(state, identity_of(state, data, endpoint, rows, used, settings))
    if settings.devices == 1:
        learn(course, state, Alone(), checkpoint)
    else:
        learn_together(learn, course, state, checkpoint)
    network.load_state_dict(state.best)
    if checkpoint is not None:
        checkpoint.save_end(state)
    return state.losses


def learn(course: Course, state: TrainingState, team: Team, checkpoint: Checkpoint | None) -> None:
    """Go on from where `state` stands until training is over.

    All of a team draw the same, take the same steps and see the same loss on held-out rows.
    """
    data, endpoint, settings = course.data, course.endpoint, course.settings
    network, rng, images = state.network, state.rng, tuple(data.crops)
    device = next(network.parameters()).device
    known = course.rows.to(device)
    while not is_over(state.losses, settings):
        network.train()
        for index in np.array_split(rng.permutation(course.fit_rows), course.n_batches):
            drawn = Augmentation.draw(rng, len(index), images, settings.augmentation)
            own = team.part(len(index))
            batch = data.batch(index[own], device, drawn.of(own))
            output = team.output(network, batch, len(index))
            loss = endpoint.loss(output.float(), known.take(index))
            state.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            team.join_gradients(network)
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            state.optimizer.step()
            state.schedule.step()
        own = team.part(len(course.stop_rows))
        outputs = predict(network, data, course.stop_rows[own])
        held_out = team.joined(outputs, len(course.stop_rows))
        lost = float(endpoint.loss(held_out, course.rows.take(course.stop_rows)))
        state.losses.append(lost if math.isfinite(lost) else math.inf)
        candidates = after_warm_up(state.losses, settings)
        if math.isfinite(lost) and lost == min(candidates, default=None):
            state.keep_weights()
        if checkpoint is not None:
            checkpoint.save_if_due(state)


def after_warm_up(losses: list[float], settings: TrainingSettings) -> list[float]:
    """Return the losses of the epochs whose weights may be kept."""
    return losses[int(WARM_UP * settings.max_epochs) :]


def is_over(losses: list[float], settings: TrainingSettings) -> bool:
    """Return whether training ends after these epochs."""
    if len(losses) == settings.max_epochs:
        return True
    candidates = after_warm_up(losses, settings)
    return bool(candidates) and int(np.argmin(candidates[::-1])) >= settings.patience


def predict(network: nn.Module, data: NetworkData, rows: NDArray[np.int64]) -> Tensor:
    """Return what the network puts out for these rows, shape (k, outputs), on the CPU."""
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode():
        outputs = [network(batch).double() for batch in batches_of(data, rows, device)]
    return torch.cat(outputs).cpu()


def batches_of(data: NetworkData, rows: NDArray[np.int64], device: torch.device) -> Iterator[Batch]:
    """Yield these rows in their order, a few at a time; of no rows, one batch without any."""
    for start in range(0, max(len(rows), 1), PREDICTION_BATCH):
        yield data.batch(rows[start : start + PREDICTION_BATCH], device)
