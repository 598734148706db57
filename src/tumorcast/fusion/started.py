"""Encoders that start from pretrained weights, and how fast they go on learning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from torch import Tensor, nn

from tumorcast.encoders import Weights

if TYPE_CHECKING:
    from tumorcast.fusion.fusion_network import FusionNetwork

HEAD_RATE = 2e-3
"""Peak learning rate of everything behind the encoders (AdamW)."""


class Started(nn.Module):
    """An encoder that starts from weights.

    In a state its tensors have the names that the encoder alone would give them: what has been
    learned can be restored without knowing where it started.

    Parameters
    ----------
    encoder
        From `Encoder.build`; `start_from` puts the weights in.
    rate
        Its learning rate, in parts of that of an encoder without weights; with 0 it stays as it
        is, its dropout and its statistics too.
    """

    def __init__(self, encoder: nn.Module, rate: float) -> None:
        super().__init__()
        self.encoder = encoder.requires_grad_(rate > 0)
        self.rate = rate
        self.register_state_dict_post_hook(_as_the_encoder_alone)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_as_held_here)  # type: ignore[no-untyped-call]

    def train(self, mode: bool = True) -> Self:
        """Set the mode of all but a frozen encoder, which is always in evaluation mode."""
        super().train(mode)
        if not self.rate:
            self.encoder.eval()
        return self

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x) to (batch, feature)."""
        features: Tensor = self.encoder(crops)
        return features


def _as_the_encoder_alone(_: nn.Module, state: dict[str, Tensor], prefix: str, *__: object) -> None:
    inner = f"{prefix}encoder."
    for name in [name for name in state if name.startswith(inner)]:
        state[prefix + name.removeprefix(inner)] = state.pop(name)


def _as_held_here(_: nn.Module, state: dict[str, Tensor], prefix: str, *__: object) -> None:
    for name in [name for name in state if name.startswith(prefix)]:
        state[f"{prefix}encoder.{name.removeprefix(prefix)}"] = state.pop(name)


def start_from(weights: Mapping[str, Path], branches: nn.ModuleDict) -> None:
    """Put weights into the branches of these names.

    Raises
    ------
    StudyRefusedError
        ``WGT-01``, ``WGT-02``, ``WGT-04`` as `Weights`.
    """
    for name, path in weights.items():
        (started,) = (part for part in branches[name].modules() if isinstance(part, Started))
        Weights.read(path).load_into(started.encoder)


def parameter_groups(network: FusionNetwork, encoder_rate: float) -> list[dict[str, Any]]:
    """Return the parameters that learn, each with its peak learning rate, as optimizers take it.

    Parameters
    ----------
    encoder_rate
        Of encoders; one that started from weights has its own share of it. All behind the encoders
        has `HEAD_RATE`.
    """
    rates = {id(parameter): encoder_rate for parameter in network.encoders.parameters()}
    rates |= {
        id(parameter): encoder_rate * part.rate
        for part in network.encoders.modules()
        if isinstance(part, Started)
        for parameter in part.parameters()
    }
    groups: dict[float, list[nn.Parameter]] = {}
    for parameter in network.parameters():
        groups.setdefault(rates.get(id(parameter), HEAD_RATE), []).append(parameter)
    return [{"params": parameters, "lr": rate} for rate, parameters in groups.items() if rate]
