"""Crops and numbers of some cases, as the tensors that a network takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tumorcast.features import CropBlock
from tumorcast.fusion.augment import Augmentation
from tumorcast.fusion.voxels import gathered, voxels_on


@dataclass(frozen=True)
class Batch:
    """What a fusion network sees of some cases.

    Parameters
    ----------
    crops
        By image name, shape (batch, channel, z, y, x).
    present
        Whether the case has the image, by image name, shape (batch,), bool. What `crops` holds
        where it is False is never looked at.
    columns
        Numeric features, shape (batch, column).
    known
        Whether the case has any value of a source of the columns, shape (batch, source), bool;
        the sources stand in the order in which they come up among the columns.
    """

    crops: Mapping[str, Tensor]
    present: Mapping[str, Tensor]
    columns: Tensor
    known: Tensor


@dataclass(frozen=True)
class NetworkData:
    """All cases of a fit or a prediction; see `Batch`.

    Parameters
    ----------
    crops
        By image name.
    columns
        Shape (n, column).
    known
        Shape (n, source).
    """

    crops: Mapping[str, CropBlock]
    columns: NDArray[np.float32]
    known: NDArray[np.bool_]

    def batch(
        self,
        rows: NDArray[np.int64],
        device: torch.device,
        augmentation: Augmentation | None = None,
    ) -> Batch:
        """Load these rows onto the device, augmented there if asked for."""
        crops: dict[str, Tensor] = {}
        present: dict[str, Tensor] = {}
        for image, block in self.crops.items():
            loaded = gathered(self._voxels(image, device), block.row[rows], device)
            crops[image] = augmentation.apply(loaded, image) if augmentation else loaded.float()
            present[image] = torch.from_numpy(block.present[rows]).to(device)
        columns = torch.from_numpy(self.columns[rows]).to(device)
        known = torch.from_numpy(self.known[rows]).to(device)
        return Batch(crops, present, columns, known)

    def _voxels(self, image: str, device: torch.device) -> Tensor:
        key = (image, device)
        if key not in self._placed:
            self._placed[key] = voxels_on(self.crops[image].array, device)
        return self._placed[key]

    @cached_property
    def _placed(self) -> dict[tuple[str, torch.device], Tensor]:
        return {}
