"""The same as a MONAI script: FOLDER ENCODER EPOCHS THREADS WORKERS -> JSON."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from monai.data import CacheDataset, DataLoader
from monai.transforms import (
    CenterSpatialCropd,
    Compose,
    EnsureChannelFirstd,
    LoadImaged,
    RandFlipd,
    RandGaussianNoised,
    RandRotated,
    RandScaleIntensityd,
    RandShiftIntensityd,
    RandZoomd,
    ScaleIntensityRanged,
    Spacingd,
)
from monai.utils import set_determinism
from shared import (
    BATCH,
    DECAY,
    HELD_OUT,
    PREDICTED,
    RATE,
    SIDE,
    SPACING_MM,
    WINDOW,
    Clock,
    device,
    files,
    network_of,
)

BOTH = ["image", "mask"]
ANGLE = math.radians(15)


class Plain(torch.nn.Module):
    """The shared network as a function of image and mask."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        from tumorcast.fusion.batch import Batch  # noqa: PLC0415

        n = len(image)
        there = torch.ones(n, dtype=torch.bool, device=image.device)
        nothing = image.new_zeros(n, 0)
        crops = torch.cat([image, mask], dim=1)
        return self.network(Batch({"ct": crops}, {"ct": there}, nothing, nothing.bool()))


def read() -> list:
    """Return the transforms whose results are cached."""
    low, high = WINDOW
    return [
        LoadImaged(BOTH),
        EnsureChannelFirstd(BOTH),
        Spacingd(BOTH, pixdim=(SPACING_MM,) * 3, mode=("bilinear", "nearest")),
        ScaleIntensityRanged("image", low, high, 0.0, 1.0, clip=True),
        CenterSpatialCropd(BOTH, roi_size=(SIDE,) * 3),
    ]


def augmented() -> list:
    """Return the random transforms: those of strong augmentation, with its shares."""
    return [
        *(RandFlipd(BOTH, prob=0.5, spatial_axis=axis) for axis in range(3)),
        RandRotated(
            BOTH, ANGLE, ANGLE, ANGLE, prob=0.3, mode=("bilinear", "nearest"), padding_mode="zeros"
        ),
        RandZoomd(
            BOTH, prob=0.3, min_zoom=0.9, max_zoom=1.1, mode=("trilinear", "nearest"),
            padding_mode="constant",
        ),
        RandScaleIntensityd("image", factors=0.1, prob=1.0),
        RandShiftIntensityd("image", offsets=0.05, prob=1.0),
        RandGaussianNoised("image", prob=0.3, std=0.05),
    ]  # fmt: skip


class Script:
    """Data, network and optimiser."""

    def __init__(self, model: torch.nn.Module, folder: Path, workers: int) -> None:
        cases = [
            {"image": str(image), "mask": str(mask), "label": float(number % 2)}
            for number, (image, mask) in enumerate(files(folder))
        ]
        self.model, self.workers = model, workers
        self.fit = self.loader(cases[HELD_OUT:], [*read(), *augmented()], BATCH, shuffle=True)
        self.stop = self.loader(cases[:HELD_OUT], read(), PREDICTED)
        self.cases = cases
        self.loss = torch.nn.BCEWithLogitsLoss()
        half = device().type == "cuda" and torch.cuda.is_bf16_supported()
        self.half = torch.autocast(device().type, torch.bfloat16, enabled=half)

    def loader(
        self, cases: list, transforms: list, batch: int, *, shuffle: bool = False
    ) -> DataLoader:
        """Return a loader of these cases, cached in memory up to the first random transform."""
        data = CacheDataset(cases, Compose(transforms), cache_rate=1.0, progress=False)
        return DataLoader(
            data,
            batch_size=batch,
            shuffle=shuffle,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            pin_memory=device().type == "cuda",
        )

    def train(self, epochs: int) -> None:
        """Train as tumorcast does: AdamW, one cycle, clipped gradients, a held-out loss."""
        optimizer = torch.optim.AdamW(self.model.parameters(), RATE, weight_decay=DECAY)
        steps = epochs * len(self.fit)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, RATE, total_steps=steps, pct_start=0.3
        )
        for _ in range(epochs):
            self.model.train()
            for batch in self.fit:
                logits, label = self._ask(batch)
                optimizer.zero_grad()
                self.loss(logits.float(), label).backward()
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                optimizer.step()
                schedule.step()
            self.predict(self.stop)

    def predict(self, loader: DataLoader) -> list[float]:
        """Return the logits of all cases of a loader."""
        self.model.eval()
        with torch.inference_mode():
            return [logit for batch in loader for logit in self._ask(batch)[0].tolist()]

    def _ask(self, batch: dict) -> tuple[torch.Tensor, torch.Tensor]:
        image, mask, label = (
            batch[name].to(device(), non_blocking=True) for name in (*BOTH, "label")
        )
        with self.half:
            return self.model(image, mask)[:, 0], label.float()


def main() -> None:
    """Print what each stage took, and how crops and network agree with ours."""
    folder, encoder = Path(sys.argv[1]), sys.argv[2]
    epochs, threads, workers = (int(word) for word in sys.argv[3:6])
    torch.set_num_threads(threads)
    set_determinism(0)
    model = Plain(network_of(encoder))
    clock = Clock()
    script = Script(model, folder, workers)
    found = {"crops": clock.look()}
    everyone = script.loader(script.cases, read(), PREDICTED)
    ours = np.load(folder / "ours.npy")
    theirs = np.stack([np.concatenate([c["image"], c["mask"]]) for c in everyone.dataset])
    with torch.inference_mode():
        model.eval()
        crops = torch.from_numpy(ours).to(device())
        before = model(crops[:, :1], crops[:, 1:])[:, 0].tolist()
    script.train(1)
    script.predict(everyone)
    clock.look()
    script.train(epochs)
    spent = clock.look()
    script.predict(everyone)
    found["predict"] = clock.look()
    found["epoch"] = {name: value / epochs for name, value in spent.items()}
    away = float(np.abs(theirs.transpose(0, 1, 4, 3, 2) - ours).max())
    print(json.dumps({**found, "before": before, "crops_differ": away}))


if __name__ == "__main__":
    main()
