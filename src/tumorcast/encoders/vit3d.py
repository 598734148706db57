"""The 3D Vision Transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tumorcast.encoders.encoder import require_size
from tumorcast.encoders.level import LEVEL_FEATURES

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ViT3D:
    """Vision Transformer (Dosovitskiy et al., ICLR 2021), MONAI's in 3D.

    The size is that of DeiT-Ti (Touvron et al., ICML 2021). The features are the mean of the
    tokens, and mean and standard deviation of the crop's channels beside it.

    Parameters
    ----------
    patch
        Voxels of the crop along each side of a token.
    width, depth, heads
        Channels of a token, transformer blocks, attention heads of each.
    learning_rate
        Peak of the schedule that suits this network.
    """

    patch: int = 8
    width: int = 192
    depth: int = 12
    heads: int = 3
    learning_rate: float = 3e-4

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return self.width + LEVEL_FEATURES

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return self.patch

    def build(
        self,
        in_channels: int,
        crop_size: int,
        n_masks: int | None = None,  # noqa: ARG002
    ) -> nn.Module:
        """Return a freshly initialised network; see `Encoder.build`."""
        from monai.networks.nets.vit import ViT  # noqa: PLC0415

        from tumorcast.encoders.modules import LevelledNetwork, MeanToken  # noqa: PLC0415

        require_size(self, crop_size)
        transformer = ViT(
            in_channels=in_channels,
            img_size=(crop_size,) * 3,
            patch_size=(self.patch,) * 3,
            hidden_size=self.width,
            mlp_dim=4 * self.width,
            num_layers=self.depth,
            num_heads=self.heads,
            spatial_dims=3,
            qkv_bias=True,
        )
        return LevelledNetwork(MeanToken(transformer), in_channels)
