"""Turning and zooming of crops about their centre, many at once."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample

from tumorcast.fusion.turn_kernel import sample_linearly

MAX_ANGLE = math.radians(15)
"""Largest turn about each of the three axes."""
MAX_ZOOM = 0.1
"""Largest relative change of the size."""


def turns(
    rng: np.random.Generator, n: int, *, share_turned: float, share_zoomed: float
) -> NDArray[np.float32]:
    """Draw where the voxels of `n` augmented crops come from, shape (n, 3, 3).

    Each matrix acts on (z, y, x) from the centre of the crop: turns about z, y and x one after the
    other for `share_turned` of the crops, zooms for `share_zoomed`, and the identity for those with
    neither.
    """
    angles = rng.uniform(-MAX_ANGLE, MAX_ANGLE, (n, 3)) * (rng.random(n) < share_turned)[:, None]
    zoom = 1 + rng.uniform(-MAX_ZOOM, MAX_ZOOM, n) * (rng.random(n) < share_zoomed)
    matrices = np.broadcast_to(np.eye(3), (n, 3, 3))
    for axis in range(3):
        matrices = matrices @ _about(axis, angles[:, axis])
    return np.asarray(matrices / zoom[:, None, None], dtype=np.float32)


def turned(crops: Tensor, matrices: Tensor) -> Tensor:
    """Return crops whose voxel at ``p`` comes from ``matrix @ p``, from the crop's centre.

    Values are interpolated linearly. What comes from outside is 0: the lower end of the image's
    window, and no tumour. Masks are cut at one half, so they stay masks.

    Parameters
    ----------
    crops
        Cubes, shape (n, channel, z, y, x), float32; channel 0 is the image, the others are masks.
    matrices
        On (z, y, x), shape (n, 3, 3).
    """
    result = _on_cpu(crops, matrices) if crops.device.type == "cpu" else _by_torch(crops, matrices)
    result[:, 1:] = (result[:, 1:] >= 0.5).to(result.dtype)
    return result


def _on_cpu(crops: Tensor, matrices: Tensor) -> Tensor:
    result = torch.zeros_like(crops, memory_format=torch.contiguous_format)
    sample_linearly(crops.numpy(), matrices.numpy(), result.numpy())
    return result


def _by_torch(crops: Tensor, matrices: Tensor) -> Tensor:
    side = crops.shape[-1]
    place = (2 * torch.arange(side, device=crops.device, dtype=crops.dtype) + 1) / side - 1
    columns = matrices.flip((1, 2))  # to x, y, z, the order of `grid_sample`
    x, y, z = (place[:, None] * columns[:, None, :, axis] for axis in range(3))
    grid = z[:, :, None, None] + y[:, None, :, None] + x[:, None, None, :]
    return grid_sample(crops, grid, align_corners=False)


def _about(axis: int, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotations about an axis, shape (n, 3, 3)."""
    first, second = (other for other in range(3) if other != axis)
    matrices = np.tile(np.eye(3), (len(angles), 1, 1))
    matrices[:, first, first] = matrices[:, second, second] = np.cos(angles)
    matrices[:, second, first] = np.sin(angles)
    matrices[:, first, second] = -np.sin(angles)
    return matrices
