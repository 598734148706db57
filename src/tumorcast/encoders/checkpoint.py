"""A pretraining that was interrupted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tumorcast.encoders.tensor_file import DamagedError, read, write


@dataclass(frozen=True)
class Checkpoint:
    """Where the state of a training is kept.

    Parameters
    ----------
    path
        The file; it is there whole or not at all.
    identity
        Digest of everything that decides the training. A file of another one is not read.
    """

    path: Path
    identity: str

    def save(
        self, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, progress: object
    ) -> None:
        """Write the weights of the modules, the state of the optimizer, and plain JSON."""
        tensors = {
            f"{name}/{key}": value
            for name, module in modules.items()
            for key, value in module.state_dict().items()
        }
        for number, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{number}/{key}": value for key, value in state.items()}
        facts = json.dumps({"identity": self.identity, "progress": progress})
        write(self.path, {k: v.cpu().contiguous() for k, v in tensors.items()}, facts)

    def load(self, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer) -> Any:
        """Put back what `save` wrote and return its JSON; ``None`` when there is nothing of ours.

        A damaged file counts as none: it costs time, not truth.
        """
        if not self.path.is_file():
            return None
        try:
            tensors, text = read(self.path)
        except DamagedError:
            return None
        facts = json.loads(text)
        if facts["identity"] != self.identity:
            return None
        for name, module in modules.items():
            module.load_state_dict(_below(tensors, name))
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _below(tensors, "optimizer").items():
            number, _, key = name.partition("/")
            state.setdefault(int(number), {})[key] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        return facts["progress"]

    def remove(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)


def _below(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    start = f"{name}/"
    return {key.removeprefix(start): v for key, v in tensors.items() if key.startswith(start)}
