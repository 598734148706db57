"""Where a training stands: all that decides how it goes on, but for its data and settings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tumorcast.fusion.fusion_network import FusionNetwork


@dataclass
class TrainingState:
    """A network that learns, with everything that changes beside it.

    Parameters
    ----------
    network, optimizer, schedule
        As after the last epoch.
    rng
        Draws the order of the cases and their augmentation.
    best
        Weights of the best epoch.
    losses
        Loss on the held-out rows after each epoch; they decide when training stops.
    """

    network: FusionNetwork
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    rng: np.random.Generator
    best: dict[str, Tensor]
    losses: list[float] = field(default_factory=list)

    def keep_weights(self) -> None:
        """Make the present weights the best ones."""
        self.best = copy_of_weights(self.network)

    def tensors(self) -> dict[str, Tensor]:
        """Return weights, moments of the optimiser and torch's generators, on the CPU."""
        moments = {
            f"{number}/{name}": value
            for number, own in self.optimizer.state_dict()["state"].items()
            for name, value in own.items()
        }
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        generators = {"cpu": torch.get_rng_state(), **{str(n): s for n, s in enumerate(cuda)}}
        parts = {
            "network": self.network.state_dict(),
            "best": self.best,
            "optimizer": moments,
            "generator": generators,
        }
        return {
            f"{part}/{name}": value.detach().cpu().contiguous()
            for part, values in parts.items()
            for name, value in values.items()
        }

    def facts(self) -> str:
        """Return the rest as JSON: rates and schedule, the numpy generator, the losses."""
        return json.dumps(
            {
                "groups": self.optimizer.state_dict()["param_groups"],
                "schedule": self.schedule.state_dict(),
                "rng": self.rng.bit_generator.state,
                "losses": self.losses,
            }
        )

    def restore(self, tensors: dict[str, Tensor], facts: str) -> None:
        """Go on from what `tensors` and `facts` have returned."""
        known: dict[str, Any] = json.loads(facts)
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in _part(tensors, "optimizer").items():
            number, _, moment = name.partition("/")
            moments.setdefault(int(number), {})[moment] = value
        generators = _part(tensors, "generator")
        self.network.load_state_dict(_part(tensors, "network"))
        self.optimizer.load_state_dict({"state": moments, "param_groups": known["groups"]})
        self.schedule.load_state_dict(known["schedule"])
        self.rng.bit_generator.state = known["rng"]
        device = next(self.network.parameters()).device
        self.best = {name: value.to(device) for name, value in _part(tensors, "best").items()}
        self.losses = known["losses"]
        torch.set_rng_state(generators.pop("cpu"))
        for index in range(torch.cuda.device_count()):
            if str(index) in generators:  # it may have been written where there were others
                torch.cuda.set_rng_state(generators[str(index)], index)


def copy_of_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the parameters and buffers of a network, detached from it."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _part(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    start = f"{part}/"
    return {n.removeprefix(start): value for n, value in tensors.items() if n.startswith(start)}
