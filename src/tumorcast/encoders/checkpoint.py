"""A training that was interrupted, as one safetensors file with JSON in its header."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


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
        from safetensors.torch import save  # noqa: PLC0415

        tensors = {
            f"{name}/{key}": value
            for name, module in modules.items()
            for key, value in module.state_dict().items()
        }
        for number, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{number}/{key}": value for key, value in state.items()}
        header = {"identity": self.identity, "progress": json.dumps(progress)}
        partial = self.path.with_name(f"{self.path.name}.partial")
        with partial.open("wb") as file:
            file.write(save({k: v.cpu().contiguous() for k, v in tensors.items()}, header))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)

    def load(self, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer) -> Any:
        """Put back what `save` wrote and return its JSON; ``None`` when there is nothing of ours.

        A damaged file counts as none: it costs time, not truth.
        """
        from safetensors import SafetensorError, safe_open  # noqa: PLC0415

        try:
            with safe_open(self.path, framework="pt") as file:
                header = file.metadata() or {}
                if header.get("identity") != self.identity:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError):
            return None
        for name, module in modules.items():
            module.load_state_dict(_below(tensors, name))
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _below(tensors, "optimizer").items():
            number, _, key = name.partition("/")
            state.setdefault(int(number), {})[key] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        return json.loads(header["progress"])

    def remove(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)


def _below(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    start = f"{name}/"
    return {key.removeprefix(start): v for key, v in tensors.items() if key.startswith(start)}
