"""What both sides have in common: files, network, sizes, and how time is taken."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813
import torch

SIDE, SPACING_MM, WINDOW = 48, 2.0, (-160.0, 240.0)
BATCH, PREDICTED = 8, 32
HELD_OUT = 8
"""Cases on which the loss is judged after each epoch; not learned from."""
RATE, DECAY = 1e-3, 0.05
TICKS = os.sysconf("SC_CLK_TCK")


def write_cohort(folder: Path, n: int) -> None:
    """Write CTs with a tumour in the middle, half of them brighter, and their masks.

    Their spacing is that of the crops and the tumour is centred between voxels, so resampling
    changes no value and both sides must come to the same crops.
    """
    random = np.random.default_rng(0)
    side = SIDE + 24
    squared = ((np.indices((side,) * 3) - (side - 1) / 2) ** 2).sum(axis=0)
    for number in range(n):
        tumor = squared < random.uniform(8, 16) ** 2
        voxels = random.normal(-40 + 60 * (number % 2) * tumor, 40).astype(np.int16)
        for name, array in (("image", voxels), ("mask", tumor.astype(np.uint8))):
            image = sitk.GetImageFromArray(array)
            image.SetSpacing((SPACING_MM,) * 3)
            sitk.WriteImage(image, str(folder / f"{number:03d}-{name}.nii.gz"))


def files(folder: Path) -> list[tuple[Path, Path]]:
    """Return image and mask of each case."""
    return [
        (path, path.with_name(path.name.replace("image", "mask")))
        for path in sorted(folder.glob("*-image.nii.gz"))
    ]


def network_of(encoder: str) -> torch.nn.Module:
    """Return the network that both sides train, with the same weights each time."""
    from tumorcast.encoders import ENCODERS  # noqa: PLC0415
    from tumorcast.fusion.fusion_network import FusionNetwork  # noqa: PLC0415
    from tumorcast.fusion.heads import FUSION_HEADS  # noqa: PLC0415

    torch.manual_seed(0)
    network = FusionNetwork(
        {"ct": ENCODERS[encoder].build(2, SIDE)},
        FUSION_HEADS["concatenation"],
        branches={"ct": ("ct",)},
        n_features=ENCODERS[encoder].n_features,
        columns=(),
        start=[0.0],
    )
    return network.to(device())


def device() -> torch.device:
    """Return where both sides compute."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Clock:
    """Wall clock and CPU seconds of this process and those below it since the last look."""

    def __init__(self) -> None:
        self.look()

    def look(self) -> dict[str, float]:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        before = getattr(self, "_now", None)
        self._now = {"wall": time.perf_counter(), "cpu": _cpu_seconds()}
        return {name: self._now[name] - (before or self._now)[name] for name in self._now}


def _cpu_seconds() -> float:
    """Return the CPU seconds of this process and all below it, those that have ended included."""
    own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in own) + _ticks_below(os.getpid()) / TICKS


def _ticks_below(parent: int) -> int:
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(words[1]) == parent:
            total += sum(map(int, words[11:15])) + _ticks_below(int(path.parent.name))
    return total
