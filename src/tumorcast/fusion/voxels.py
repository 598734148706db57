"""Where the voxels of all crops lie while a network learns: on its device, or in a mapped file."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tumorcast.features import MappedArray

DEVICE_SHARE = 4
"""One part in so many of the device's free memory may hold the crops of one image; the rest is
for networks, for other images and for other processes."""


def voxels_on(array: NDArray[np.floating] | MappedArray, device: torch.device) -> Tensor:
    """Return all crops of an image, shape (n, channel, z, y, x), without copying where possible.

    On a CPU this is the mapped file or the array itself. They are copied to another device once a
    process if they take no more than a quarter of its free memory; otherwise they stay here.
    """
    if device.type == "cpu":
        return on_host(array)
    if isinstance(array, MappedArray):
        return _moved_once(array, device)
    return moved_if_it_fits(on_host(array), device)


def gathered(voxels: Tensor, rows: NDArray[np.int64], device: torch.device) -> Tensor:
    """Return the crops in these rows on the device, gathered where they lie."""
    taken = voxels.index_select(0, torch.from_numpy(rows).to(voxels.device))
    if taken.device.type == device.type:
        return taken
    return taken.pin_memory().to(device, non_blocking=True)


def on_host(array: NDArray[np.floating] | MappedArray) -> Tensor:
    """Return a tensor over the same memory or the same file."""
    return torch.from_numpy(array.array if isinstance(array, MappedArray) else array)


def moved_if_it_fits(voxels: Tensor, device: torch.device) -> Tensor:
    """Return the crops on the device, or as they are where it has too little free memory."""
    free, _ = torch.cuda.mem_get_info(device)
    return voxels.to(device) if fits(voxels.nbytes, free) else voxels


def fits(n_bytes: int, free_bytes: int) -> bool:
    """Return whether so many bytes of crops may lie on a device with so much free memory."""
    return n_bytes * DEVICE_SHARE <= free_bytes


@lru_cache(maxsize=8)
def _moved_once(array: MappedArray, device: torch.device) -> Tensor:
    """Move each file once a process; its name says what is in it."""
    return moved_if_it_fits(on_host(array), device)
