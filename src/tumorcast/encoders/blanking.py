"""Crops with blocks blanked out, and what guesses them back: draw, blank, decode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

BLOCKS_A_SIDE = 4
"""A crop falls into so many blocks along each side."""
N_BLOCKS = BLOCKS_A_SIDE**3
_WIDTH = 128


@dataclass(frozen=True)
class Blanking:
    """The random part of a batch: how its crops are mirrored and which blocks are blanked.

    Parameters
    ----------
    flip
        Whether to mirror along (z, y, x), shape (n, 3).
    blank
        Whether a block is blanked, shape (n, `N_BLOCKS`).
    """

    flip: NDArray[np.bool_]
    blank: NDArray[np.bool_]

    @classmethod
    def draw(cls, rng: np.random.Generator, n: int, share: float) -> Self:
        """Sample for `n` crops; the same number of blocks is blanked in each."""
        flip = rng.random((n, 3)) < 0.5
        place = rng.permuted(np.tile(np.arange(N_BLOCKS), (n, 1)), axis=1)
        return cls(flip, place < round(share * N_BLOCKS))

    def mirrored(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the crops, shape (n, channel, z, y, x), mirrored."""
        return np.stack(
            [
                np.flip(crop, axis=tuple(np.flatnonzero(flip) + 1))
                for crop, flip in zip(crops, self.flip, strict=True)
            ]
        )

    def voxels(self, side: int) -> NDArray[np.bool_]:
        """Return whether a voxel is blanked, shape (n, 1, side, side, side)."""
        block = np.arange(side) // block_side(side)
        grid = self.blank.reshape(-1, *(BLOCKS_A_SIDE,) * 3)
        return np.asarray(grid[:, block][:, :, block][:, :, :, block][:, None])


def block_side(side: int) -> int:
    """Return the voxels along a block's side; the last blocks of a row may be cut off."""
    return -(-side // BLOCKS_A_SIDE)


def blanked(crops: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Fill the image where it is hidden with its mean where it is seen.

    The mean, because an encoder never sees blanks again: they should move the level and the spread
    of the crop as little as they can. The mask of the tumour stays.

    Parameters
    ----------
    crops
        Shape (batch, channel, z, y, x), the image first.
    hidden
        Shape (batch, 1, z, y, x), bool.

    Returns
    -------
    The crops, and what was filled in, shape (batch, 1, 1, 1, 1).
    """
    image, seen = crops[:, :1], ~hidden
    fill = (image * seen).sum(dim=(2, 3, 4), keepdim=True)
    fill = fill / seen.sum(dim=(2, 3, 4), keepdim=True)
    return torch.cat([torch.where(hidden, fill, image), crops[:, 1:]], dim=1), fill


class BlockDecoder(nn.Module):
    """Tell the voxels of every block from the features of the crop and the block's place alone.

    It asks nothing of an encoder but its features, so it fits any, and what it needs to know has
    to be in the very vector that a network arm or an embedding uses.

    Parameters
    ----------
    n_features
        Length of the encoder's feature vector.
    side
        Voxels along each side of the crop.
    """

    def __init__(self, n_features: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.content = nn.Linear(n_features, _WIDTH)
        self.place = nn.Parameter(0.02 * torch.randn(N_BLOCKS, _WIDTH))
        self.voxels = nn.Sequential(
            nn.GELU(),
            nn.Linear(_WIDTH, _WIDTH),
            nn.GELU(),
            nn.Linear(_WIDTH, block_side(side) ** 3),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, feature) to what to add to the fill, (batch, 1, z, y, x)."""
        n, edge = BLOCKS_A_SIDE, block_side(self.side)
        blocks: Tensor = self.voxels(self.content(features)[:, None] + self.place)
        grid = blocks.reshape(-1, n, n, n, edge, edge, edge).permute(0, 1, 4, 2, 5, 3, 6)
        whole = grid.reshape(-1, 1, *(n * edge,) * 3)
        return whole[:, :, : self.side, : self.side, : self.side]


def error_where_hidden(guess: Tensor, image: Tensor, hidden: Tensor) -> Tensor:
    """Return the mean absolute error over the hidden voxels, as SimMIM takes it."""
    return functional.l1_loss(guess[hidden], image[hidden])
