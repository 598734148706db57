"""A small training on one or two devices that may be disturbed: ``several_devices.py FOLDER``."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor, device

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.encoders import Cnn3D
from tumorcast.encoders.reproducible import reproducible
from tumorcast.features import CropBlock
from tumorcast.fusion.augment import Augmentation
from tumorcast.fusion.batch import Batch, NetworkData
from tumorcast.fusion.checkpoint import Checkpoint, Checkpoints
from tumorcast.fusion.cox_endpoint import CoxEndpoint
from tumorcast.fusion.endpoint import Rows
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.heads import FUSION_HEADS
from tumorcast.fusion.train import TrainingSettings, train

FIT, STOP = np.arange(17), np.arange(17, 24)
"""Three batches an epoch, the last of five rows, and one to judge it."""


class Precise(FusionNetwork):
    """Computes in double precision, in which rounding is far below what is compared."""

    def encode(self, batch: Batch) -> Tensor:
        """Return the inputs of the head."""
        crops = {image: values.double() for image, values in batch.crops.items()}
        return super().encode(Batch(crops, batch.present, batch.columns.double(), batch.known))


@dataclass(frozen=True)
class Disturbed(NetworkData):
    """The second device fails in its tenth batch, or kills the process that began both."""

    how: str = ""
    folder: Path = Path()

    def batch(
        self, rows: NDArray[np.int64], where: device, augmentation: Augmentation | None = None
    ) -> Batch:
        """Load these rows, if nothing happens."""
        asked = self.__dict__["asked"] = self.__dict__.get("asked", 0) + 1
        if self.how:
            (self.folder / str(os.getpid())).touch()
        if asked == 10 and dist.is_initialized() and dist.get_rank() == 1:
            if self.how == "kill":
                os.kill(os.getppid(), signal.SIGKILL)
            if self.how == "fail":
                raise ZeroDivisionError("the second device")
        return super().batch(rows, where, augmentation)


def training(
    devices: int,
    checkpoint: Checkpoint | None = None,
    how: str = "",
    folder: Path = Path(),
) -> tuple[FusionNetwork, list[float]]:
    """Return a network that has learned: absent images, noise, dropped blocks, a loss of pairs."""
    random = np.random.default_rng(0)
    first, second = random.random((2, 24, 2, 8, 8, 8), dtype=np.float32)
    crops = {
        "ct": CropBlock.of(first, np.arange(24) != 5),
        "pt": CropBlock.of(second, np.arange(24) > 12),
    }
    columns = random.normal(size=(24, 2)).astype(np.float32)
    data = Disturbed(crops, columns, np.ones((24, 1), bool), how, folder)
    target = BinaryTarget(np.arange(24) % 2, np.ones(24))
    ids = tuple(map(str, range(24)))
    days = (30.0 * random.permutation(24) + 1).astype(np.float64)
    known = Rows.of(Outcome(ids, target.label, days), target)
    encoder = Cnn3D(widths=(8, 8))
    settings = TrainingSettings(6, 2, 6, augmentation="strong", devices=devices)
    with reproducible(0, threads=1):
        network = Precise(
            {image: encoder.build(2, 8) for image in crops},
            FUSION_HEADS["gated"],
            branches={image: (image,) for image in crops},
            n_features=encoder.n_features,
            columns=("clinical.a", "clinical.b"),
            start=[0.0],
        ).double()
        losses = train(
            network,
            data,
            CoxEndpoint().learn(known.take(FIT), 365.0),
            known,
            FIT,
            STOP,
            settings,
            learning_rate=2e-3,
            seed=0,
            checkpoint=checkpoint,
        )
    return network, losses


if __name__ == "__main__":
    place = Path(sys.argv[1])
    training(2, Checkpoint(Checkpoints(place / "kept", every_seconds=0)), "kill", place)
