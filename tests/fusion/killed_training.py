"""A small training that may kill itself: ``killed_training.py FOLDER BATCH``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.encoders import Cnn3D
from tumorcast.encoders.reproducible import reproducible
from tumorcast.features import CropBlock
from tumorcast.fusion.augment import Augmentation
from tumorcast.fusion.batch import Batch, NetworkData
from tumorcast.fusion.binary_endpoint import BinaryEndpoint
from tumorcast.fusion.checkpoint import Checkpoint, Checkpoints
from tumorcast.fusion.endpoint import Rows
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.heads import FUSION_HEADS
from tumorcast.fusion.train import TrainingSettings, train

FIT, STOP = np.arange(16), np.arange(16, 24)
SETTINGS = TrainingSettings(max_epochs=6, patience=6, batch_size=4)
"""Four batches an epoch, and one to judge it."""


class Deadly(NetworkData):
    """Kills the process in a batch; counts from 0."""

    fatal = -1
    asked = 0

    def batch(
        self,
        rows: NDArray[np.int64],
        device: torch.device,
        augmentation: Augmentation | None = None,
    ) -> Batch:
        if Deadly.asked == Deadly.fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        Deadly.asked += 1
        return super().batch(rows, device, augmentation)


def training(checkpoint: Checkpoint | None, seed: int = 0) -> tuple[FusionNetwork, list[float]]:
    """Return a network with random layers (blocks are dropped) that has learned."""
    random = np.random.default_rng(0)
    crops = random.random((24, 2, 8, 8, 8), dtype=np.float32)
    columns = random.normal(size=(24, 2)).astype(np.float32)
    data = Deadly({"ct": CropBlock.of(crops, np.arange(24) != 5)}, columns, np.ones((24, 1), bool))
    target = BinaryTarget(np.arange(24) % 2, np.ones(24))
    known = Rows.of(Outcome(tuple(str(row) for row in range(24)), target.label), target)
    encoder = Cnn3D(widths=(8, 8))
    with reproducible(seed, threads=1):
        network = FusionNetwork(
            {"ct": encoder.build(2, 8)},
            FUSION_HEADS["gated"],
            branches={"ct": ("ct",)},
            n_features=encoder.n_features,
            columns=("clinical.a", "clinical.b"),
            start=[0.0],
        )
        losses = train(
            network,
            data,
            BinaryEndpoint().learn(known.take(FIT), np.inf),
            known,
            FIT,
            STOP,
            SETTINGS,
            learning_rate=2e-3,
            seed=seed,
            checkpoint=checkpoint,
        )
    return network, losses


if __name__ == "__main__":
    Deadly.fatal = int(sys.argv[2])
    training(Checkpoint(Checkpoints(Path(sys.argv[1]), every_seconds=0)))
