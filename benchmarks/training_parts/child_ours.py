"""Crop, train and predict with tumorcast: FOLDER ENCODER EPOCHS THREADS -> JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from shared import (
    BATCH,
    DECAY,
    HELD_OUT,
    RATE,
    SIDE,
    SPACING_MM,
    WINDOW,
    Clock,
    device,
    files,
    network_of,
)

from tumorcast.cohort import BinaryTarget, Case, ImageSource, Outcome
from tumorcast.encoders import CropExtractor
from tumorcast.encoders.precision import precision_here
from tumorcast.encoders.reproducible import reproducible
from tumorcast.features import CropBlock
from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.binary_endpoint import BinaryEndpoint
from tumorcast.fusion.endpoint import Rows
from tumorcast.fusion.train import TrainingSettings, predict, train
from tumorcast.study.crop_file import CropFile


def crops_of(folder: Path) -> CropBlock:
    """Return the crops of all cases, in the file that a run would make."""
    extractor = CropExtractor("ct", SIDE, SPACING_MM, WINDOW)
    ids = [image.name for image, _ in files(folder)]
    file = CropFile(folder / "crops", "ct", ids, SIDE)
    for image, mask in files(folder):
        case = Case(image.name, image.name, images={"ct": ImageSource(image, mask, "HU")})
        file.put(image.name, image.name, extractor.extract(case))
    return file.close().block(ids)


def main() -> None:
    """Print what each stage took, and what the untrained network says."""
    folder, encoder = Path(sys.argv[1]), sys.argv[2]
    epochs, threads = int(sys.argv[3]), int(sys.argv[4])
    network, clock = network_of(encoder), Clock()
    block = crops_of(folder)
    found = {"crops": clock.look()}
    n = len(block)
    rows = np.arange(n)
    data = NetworkData({"ct": block}, np.zeros((n, 0), np.float32), np.zeros((n, 0), bool))
    target = BinaryTarget(rows % 2, np.ones(n))
    known = Rows.of(Outcome(tuple(map(str, rows)), target.label), target)
    fit_rows, stop_rows = rows[HELD_OUT:], rows[:HELD_OUT]
    endpoint = BinaryEndpoint().learn(known.take(fit_rows), np.inf)
    settings = [TrainingSettings(each, each, BATCH, DECAY, "strong") for each in (1, epochs)]
    with reproducible(0, threads):
        before = predict(network, data, rows)
        network.precision = precision_here()
        for each in settings:
            clock.look()
            train(
                network, data, endpoint, known, fit_rows, stop_rows, each,
                learning_rate=RATE, seed=0,
            )  # fmt: skip
        spent = clock.look()
        predict(network, data, rows)
        found["predict"] = clock.look()
    found["epoch"] = {name: value / epochs for name, value in spent.items()}
    np.save(folder / "ours.npy", block.load(rows))
    print(json.dumps({**found, "before": before[:, 0].tolist(), "device": str(device())}))


if __name__ == "__main__":
    main()
