"""Self-supervised pretraining: an encoder learns to tell the blanked blocks of a crop.

After SimMIM (Xie et al., CVPR 2022, arXiv 2111.09886) and masked autoencoders (He et al., CVPR
2022, arXiv 2111.06377): most of an image is hidden, a light decoder guesses it, and the loss is the
absolute error where nothing was seen. Unlike both, the decoder is given the one feature vector of
the crop and no map of features, because that vector is all that an `Encoder` promises.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tumorcast.encoders.blanking import Blanking, BlockDecoder, blanked, error_where_hidden
from tumorcast.encoders.checkpoint import Checkpoint
from tumorcast.encoders.encoder import Encoder
from tumorcast.encoders.precision import Precision, computing_in, precision_here
from tumorcast.encoders.reproducible import reproducible

WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""


@dataclass(frozen=True)
class PretrainingSettings:
    """How an encoder is pretrained.

    Parameters
    ----------
    epochs
        How often every crop is seen.
    seed
        Decides the first weights and all that is drawn.
    masked
        Share of the blocks that is blanked; SimMIM's.
    batch_size
        Crops a step.
    weight_decay
        Decoupled weight decay.
    """

    epochs: int
    seed: int
    masked: float = 0.6
    batch_size: int = 8
    weight_decay: float = 0.05


class CropArray(Protocol):
    """Crops by row, in memory or mapped from a file: shape (row, channel, z, y, x), float16."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the whole."""

    def __getitem__(self, row: int, /) -> NDArray[np.float16]:
        """Return one crop, shape (channel, z, y, x)."""


@dataclass(frozen=True)
class Crops:
    """The crops that an encoder is pretrained on.

    Parameters
    ----------
    places
        The array that holds a crop, the image as its first channel, from 0 to 1, and the row there.
    channels
        How many channels the encoder sees.
    """

    places: Sequence[tuple[CropArray, int]]
    channels: int

    def __len__(self) -> int:
        return len(self.places)

    @property
    def side(self) -> int:
        """Voxels along each side."""
        return self.places[0][0].shape[-1]

    def load(self, numbers: Iterable[int]) -> NDArray[np.float32]:
        """Return some of them, shape (n, channel, z, y, x)."""
        chosen = [
            array[row][: self.channels] for array, row in map(self.places.__getitem__, numbers)
        ]
        return np.stack(chosen).astype(np.float32)


@dataclass(frozen=True)
class Pretrained:
    """A pretrained network and how it learned.

    Parameters
    ----------
    network
        From `Encoder.build`, in evaluation mode, on the CPU.
    errors
        Mean absolute error of the hidden voxels in each epoch, in windows (1 is its whole width).
    blank_errors
        The same for the mean of what was seen, in place of a guess.
    precision
        That it learned in.
    """

    network: nn.Module
    errors: list[float]
    blank_errors: list[float]
    precision: Precision


def pretrain(
    encoder: Encoder,
    crops: Crops,
    settings: PretrainingSettings,
    *,
    checkpoint: Checkpoint,
    threads: int = 1,
    seconds_between: float = 60.0,
    on_epoch: Callable[[int], None] = lambda _: None,
) -> Pretrained:
    """Pretrain an encoder on crops; run again after an interruption it goes on.

    What is drawn in an epoch is drawn from the seed and the number of the epoch, so a training that
    was stopped and one that was not end, on a CPU, with the same weights bit for bit.

    Parameters
    ----------
    checkpoint
        Where the state is kept after an epoch, but not before `seconds_between` have gone by.
    threads
        CPU threads.
    on_epoch
        Told after each epoch how many are done.
    """
    n, side, precision = len(crops), crops.side, precision_here()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with reproducible(settings.seed, threads):
        network = encoder.build(crops.channels, side).to(device)
        decoder = BlockDecoder(encoder.n_features, side).to(device)
        modules: dict[str, nn.Module] = {"encoder": network, "decoder": decoder}
        parameters = [p for module in modules.values() for p in module.parameters()]
        optimizer = torch.optim.AdamW(parameters, weight_decay=settings.weight_decay)
        done: list[list[float]] = checkpoint.load(modules, optimizer) or [[], []]
        errors, blank_errors = done
        n_batches = math.ceil(n / settings.batch_size)
        saved = time.monotonic()
        for epoch in range(len(errors), settings.epochs):
            rng = np.random.default_rng([settings.seed, epoch])
            torch.manual_seed(int(rng.integers(2**63)))
            sums = torch.zeros(2)
            for number, index in enumerate(np.array_split(rng.permutation(n), n_batches)):
                drawn = Blanking.draw(rng, len(index), settings.masked)
                whole = torch.from_numpy(drawn.mirrored(crops.load(index))).to(device)
                hidden = torch.from_numpy(drawn.voxels(side)).to(device)
                seen, fill = blanked(whole, hidden)
                with computing_in(precision, device):
                    change = decoder(network(seen))
                image = whole[:, :1]
                loss = error_where_hidden(fill + change.float(), image, hidden)
                rate = encoder.learning_rate * rate_at(
                    (epoch * n_batches + number) / (settings.epochs * n_batches)
                )
                for group in optimizer.param_groups:
                    group["lr"] = rate
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                of_blank = error_where_hidden(seen[:, :1], image, hidden)
                sums += len(index) / n * torch.stack([loss.detach(), of_blank]).cpu()
            errors.append(float(sums[0]))
            blank_errors.append(float(sums[1]))
            if time.monotonic() - saved >= seconds_between:
                checkpoint.save(modules, optimizer, [errors, blank_errors])
                saved = time.monotonic()
            on_epoch(epoch + 1)
    return Pretrained(network.cpu().eval(), errors, blank_errors, precision)


def rate_at(done: float) -> float:
    """Return the factor of the learning rate when this share of the steps is done.

    It rises for `WARM_UP` of them and then falls to zero on half a cosine.
    """
    if done < WARM_UP:
        return (done + 1e-3) / (WARM_UP + 1e-3)
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
