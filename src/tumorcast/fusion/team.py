"""The devices that train one network: each sees its share of a batch, all come to one step."""

from __future__ import annotations

import os
from typing import Protocol

import torch
import torch.distributed as dist
from torch import Tensor

from tumorcast.errors import refuse
from tumorcast.fusion.batch import Batch
from tumorcast.fusion.fusion_network import FusionNetwork


class Team(Protocol):
    """How the rows of a batch are shared out among devices, and the outputs put together."""

    def part(self, n: int) -> slice:
        """Return which of `n` rows are this device's."""

    def output(self, network: FusionNetwork, batch: Batch, n: int, /) -> Tensor:
        """Return what the network puts out for all `n` rows; `batch` holds this device's."""

    def joined(self, own: Tensor, n: int, /) -> Tensor:
        """Return the values of all `n` rows, shape (n, value), given this device's."""

    def join_gradients(self, network: FusionNetwork, /) -> None:
        """Give all devices the gradient of the whole batch."""


class Alone:
    """One device, which sees everything."""

    def part(self, n: int) -> slice:
        """Return all rows."""
        return slice(0, n)

    def output(self, network: FusionNetwork, batch: Batch, _: int, /) -> Tensor:
        """Return what the network puts out."""
        output: Tensor = network(batch)
        return output

    def joined(self, own: Tensor, _: int, /) -> Tensor:
        """Return what it was given."""
        return own

    def join_gradients(self, _: FusionNetwork, /) -> None:
        """Leave the gradient as it is."""


class Together:
    """One of several devices whose processes have joined `torch.distributed`.

    Encoders see the rows of this device. Their features are gathered, and head and loss are
    computed on the whole batch everywhere alike, since the loss of a row may depend on the others
    (Cox) and the head draws at random. What comes back through this device's features is a part of
    the encoders' gradient, while that of the head is whole on every device. Multiplied by the
    number of devices, the part can be treated like the whole: the mean over the devices is right
    for both, and leaves all with the same bits.

    Parameters
    ----------
    device
        Where this process computes.
    """

    def __init__(self, device: torch.device) -> None:
        self.rank, self.count = dist.get_rank(), dist.get_world_size()
        self.device = device

    def part(self, n: int) -> slice:
        """Return the rows of this device; the shares differ by one row at most."""
        return slice(n * self.rank // self.count, n * (self.rank + 1) // self.count)

    def output(self, network: FusionNetwork, batch: Batch, n: int, /) -> Tensor:
        """Return what the network puts out for all rows.

        Raises
        ------
        ValueError
            When an encoder draws at random: then the devices' heads would not draw alike.
        """
        before = _generator_of(self.device)
        own = network.encode(batch)
        if not torch.equal(before, _generator_of(self.device)):
            raise ValueError("an encoder that draws at random in training needs one device")
        if own.requires_grad:
            own.register_hook(self._times_devices)  # type: ignore[no-untyped-call]
        output: Tensor = network.head(self.joined(own, n))
        return output

    def joined(self, own: Tensor, n: int, /) -> Tensor:
        """Return the values of all rows, the same bits on every device.

        A gradient goes through this device's alone.
        """
        whole = torch.zeros(n, own.shape[1], dtype=own.dtype, device=self.device)
        whole[self.part(n)] = own.detach().to(self.device)
        dist.all_reduce(whole)  # zeros are added to each row, which changes no bit
        whole = whole.to(own.device)
        if own.requires_grad:
            whole[self.part(n)] = own
        return whole

    def join_gradients(self, network: FusionNetwork, /) -> None:
        """Give all devices the mean of their gradients.

        What no device has asked in this step (the encoder of an image that no row has) stays
        without a gradient, as on one device.
        """
        learning = [each for each in network.parameters() if each.requires_grad]
        asked = torch.tensor([float(each.grad is not None) for each in learning])
        asked = asked.to(self.device)
        dist.all_reduce(asked)
        joined = [each for each, by in zip(learning, asked.tolist(), strict=True) if by]
        parts = [torch.zeros_like(each) if each.grad is None else each.grad for each in joined]
        flat = torch.cat([part.flatten() for part in parts])
        dist.all_reduce(flat)
        means = torch.split(flat / self.count, [each.numel() for each in joined])
        for parameter, mean in zip(joined, means, strict=True):
            parameter.grad = mean.view_as(parameter)

    def _times_devices(self, gradient: Tensor) -> Tensor:
        return gradient * self.count


def require_devices(asked: int) -> None:
    """Refuse more devices than this machine has: GPUs, or cores where it has no GPU.

    Raises
    ------
    StudyRefusedError
        ``TRN-03``.
    """
    gpus = torch.cuda.device_count()
    there = gpus or _cores()
    if asked > there:
        found = f"{gpus} GPUs" if gpus else f"no GPU and {there} cores"
        raise refuse(
            "TRN-03",
            f"a network asks for {asked} devices, but this machine has {found}",
            expected=f"at most {there}",
            fix="lower `devices`, or run it where there are more",
        )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _generator_of(device: torch.device) -> Tensor:
    if device.type == "cuda":
        return torch.cuda.get_rng_state(device)
    return torch.get_rng_state()
