"""The networks behind the encoders. Importing this module imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from tumorcast.encoders.level import FINE_STAGES, LEVEL_FEATURES
from tumorcast.encoders.region_statistics import region_statistics, shrunk, tumor_share

NORM_GROUPS = 8
"""Groups of channels that are normalised together."""


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
    """Strided stem and residual stages; of the first two the statistics of the regions."""

    def __init__(self, in_channels: int, widths: Sequence[int], n_masks: int) -> None:
        super().__init__()
        stem = nn.Conv3d(in_channels, widths[0], 3, stride=2, padding=1)
        stages = [ResidualStage(a, b) for a, b in pairwise(widths)]
        self.layers = nn.Sequential(stem, *stages)
        self.n_masks = n_masks

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x) to (batch, feature)."""
        features, tumor = centred(crops), tumor_share(crops, self.n_masks)
        of_regions = []
        for number, layer in enumerate(self.layers):
            features = layer(features)
            if number < FINE_STAGES:
                tumor = shrunk(tumor, 2)
                of_regions.append(region_statistics(features, tumor))
        return torch.cat([*of_regions, average_over_space(features)], dim=1)


class SwinNetwork(nn.Module):
    """Convolutional stem, Swin Transformer, and the mean token of each of its stages.

    Of the stem's output and of the tokens before the first stage the statistics of the regions.
    """

    def __init__(self, stem: nn.Module, transformer: nn.Module, n_masks: int, patch: int) -> None:
        super().__init__()
        self.stem = stem
        self.transformer = transformer
        self.n_masks = n_masks
        self.patch = patch

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x) to (batch, feature)."""
        tumor = tumor_share(crops, self.n_masks)
        fine = self.stem(centred(crops))
        tokens, *stages = self.transformer(fine, normalize=False)
        of_regions = [
            region_statistics(fine, shrunk(tumor, 2)),
            region_statistics(tokens, shrunk(tumor, self.patch)),
        ]
        return torch.cat([*of_regions, *map(average_over_space, stages)], dim=1)


class LevelledNetwork(nn.Module):
    """A network that normalises its features, and the level of the crop beside them.

    The level is a linear function of mean and standard deviation of each channel; without it a
    lesion of 5 SUV and one of 15 would look the same.
    """

    def __init__(self, body: nn.Module, in_channels: int) -> None:
        super().__init__()
        self.body = body
        self.level = nn.Linear(2 * in_channels, LEVEL_FEATURES)

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x) to (batch, feature)."""
        crops = centred(crops)
        spread, mean = torch.std_mean(crops, dim=(2, 3, 4))
        return torch.cat([self.body(crops), self.level(torch.cat([mean, spread], dim=1))], dim=1)


class MeanToken(nn.Module):
    """MONAI's Vision Transformer, with the mean of its tokens as features.

    MONAI gives every block layers for a second input, which an encoder does not have; they are
    taken out.
    """

    def __init__(self, transformer: nn.Module) -> None:
        super().__init__()
        for block in transformer.blocks:  # type: ignore[union-attr]
            block.norm_cross_attn = nn.Identity()
            block.cross_attn = nn.Identity()
        self.transformer = transformer

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x) to (batch, feature)."""
        tokens, _ = self.transformer(crops)
        return torch.mean(tokens, dim=1)


def batch_to_group_norm(network: nn.Module) -> nn.Module:
    """Put group normalisation (Wu and He, ECCV 2018) in place of batch normalisation.

    With the few crops of a batch the statistics of batch normalisation are noise, make the
    features of a case depend on the cases beside it, and carry an average over the training rows
    into every prediction. Instance normalisation has none of this, but of a channel whose grid
    has shrunk to one voxel it leaves nothing; a group of channels has something to compare.

    MONAI's residual network takes a normalisation but gives its stages batch normalisation all
    the same, so the layers are exchanged in the network that it has built.
    """
    for name, layer in list(network.named_children()):
        if isinstance(layer, nn.BatchNorm3d):
            setattr(network, name, nn.GroupNorm(NORM_GROUPS, layer.num_features))
        else:
            batch_to_group_norm(layer)
    return network


def centred(crops: Tensor) -> Tensor:
    """Map the image channel from [0, 1] to [-2, 2], about unit variance; masks stay 0 and 1.

    Fresh weights expect inputs of this size: with [0, 1] the texture of a tumour drowns in the
    mean, and a few hundred steps are not enough to find it.
    """
    return torch.cat([4 * crops[:, :1] - 2, crops[:, 1:]], dim=1)


def average_over_space(features: Tensor) -> Tensor:
    """Map (batch, feature, z, y, x) to (batch, feature)."""
    return torch.mean(features, dim=(2, 3, 4))
