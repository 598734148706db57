"""A small convolutional network: the conventional counterpart of the Swin Transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tumorcast.encoders.encoder import masks_among, require_size
from tumorcast.encoders.level import FINE_STAGES, REGION_STATISTICS

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Cnn3D:
    """Residual convolutional network with group normalisation.

    Group normalisation (Wu and He, ECCV 2018) works on one crop at a time, so batches of a few
    crops train and predict alike.

    Parameters
    ----------
    widths
        Channels after the stem and after each further stage, multiples of 8; every one of them
        halves the grid.
    learning_rate
        Peak of the schedule that suits this network.
    """

    widths: tuple[int, ...] = (8, 16, 32, 64)
    learning_rate: float = 2e-3

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return REGION_STATISTICS * sum(self.widths[:FINE_STAGES]) + self.widths[-1]

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return int(2 ** len(self.widths))

    def build(self, in_channels: int, crop_size: int, n_masks: int | None = None) -> nn.Module:
        """Return a freshly initialised network; see `Encoder.build`."""
        from tumorcast.encoders.modules import ConvolutionalNetwork  # noqa: PLC0415

        require_size(self, crop_size)
        return ConvolutionalNetwork(in_channels, self.widths, masks_among(in_channels, n_masks))
