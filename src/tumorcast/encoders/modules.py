"""The networks behind the encoders. Importing this module imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class ResidualStage(nn.Module):
    """Halve the grid: ``downsample(x) + convolve(x)``.

    The direct path carries no normalisation, so that the level of the voxel values (the SUV of a
    lesion, say) reaches the features; the convolved path is normalised.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.downsample = nn.Sequential(nn.AvgPool3d(2), nn.Conv3d(in_channels, out_channels, 1))
        self.convolve = nn.Sequential(
            nn.GroupNorm(8, in_channels),
            nn.ReLU(),
            nn.Conv3d(in_channels, out_channels, 3, stride=2, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in, z, y, x) to (batch, out, z/2, y/2, x/2)."""
        features: Tensor = self.downsample(x) + self.convolve(x)
        return features


class ConvolutionalNetwork(nn.Module):
    """Strided stem and residual stages, averaged over space."""

    def __init__(self, in_channels: int, widths: Sequence[int]) -> None:
        super().__init__()
        stem = nn.Conv3d(in_channels, widths[0], 3, stride=2, padding=1)
        stages = [ResidualStage(a, b) for a, b in pairwise(widths)]
        self.layers = nn.Sequential(stem, *stages)

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x) to (batch, feature)."""
        return average_over_space(self.layers(centred(crops)))


class SwinNetwork(nn.Module):
    """Convolutional stem, Swin Transformer, and the mean token of each of its stages."""

    def __init__(self, stem: nn.Module, transformer: nn.Module) -> None:
        super().__init__()
        self.stem = stem
        self.transformer = transformer

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x) to (batch, feature)."""
        _, *stages = self.transformer(self.stem(centred(crops)), normalize=False)
        return torch.cat([average_over_space(stage) for stage in stages], dim=1)


def centred(crops: Tensor) -> Tensor:
    """Map the image channel from [0, 1] to [-2, 2], about unit variance; masks stay 0 and 1.

    Fresh weights expect inputs of this size: with [0, 1] the texture of a tumour drowns in the
    mean, and a few hundred steps are not enough to find it.
    """
    return torch.cat([4 * crops[:, :1] - 2, crops[:, 1:]], dim=1)


def average_over_space(features: Tensor) -> Tensor:
    """Map (batch, feature, z, y, x) to (batch, feature)."""
    return torch.mean(features, dim=(2, 3, 4))
