"""The 3D Swin Transformer with a convolutional stem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tumorcast.encoders.encoder import masks_among, require_size
from tumorcast.encoders.level import REGION_STATISTICS

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Swin3D:
    """Hierarchical transformer with shifted windows (Liu et al., ICCV 2021), MONAI's in 3D.

    A convolution comes before the patches, which a transformer needs to learn in few steps (Xiao
    et al., NeurIPS 2021), and every stage is a part of the features, so that fine texture does
    not have to pass through all of them.

    Parameters
    ----------
    stem
        Channels of the convolution, which halves the grid.
    embedding
        Channels after the patch embedding; each of the four stages doubles them.
    patch
        Voxels of the crop along each side of a token, even. 4 instead of 2 makes tokens eight
        times fewer.
    window
        Tokens along each side of an attention window. 4 divides the usual grids, 7 pads them.
    depths, heads
        Blocks and attention heads of the four stages.
    learning_rate
        Peak of the schedule that suits this network.
    """

    stem: int = 12
    embedding: int = 24
    patch: int = 4
    window: int = 4
    depths: tuple[int, int, int, int] = (2, 2, 2, 2)
    heads: tuple[int, int, int, int] = (3, 6, 12, 24)
    learning_rate: float = 5e-4

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        of_stages: int = sum(self.embedding * 2**stage for stage in range(1, len(self.depths) + 1))
        return REGION_STATISTICS * (self.stem + self.embedding) + of_stages

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return self.patch

    def build(self, in_channels: int, crop_size: int, n_masks: int | None = None) -> nn.Module:
        """Return a freshly initialised network; see `Encoder.build`."""
        from monai.networks.nets.swin_unetr import SwinTransformer  # noqa: PLC0415
        from torch import nn  # noqa: PLC0415

        from tumorcast.encoders.modules import SwinNetwork  # noqa: PLC0415

        require_size(self, crop_size)
        convolution = nn.Conv3d(in_channels, self.stem, 3, stride=2, padding=1)
        transformer = SwinTransformer(
            in_chans=self.stem,
            embed_dim=self.embedding,
            window_size=(self.window,) * 3,
            patch_size=(self.patch // 2,) * 3,
            depths=self.depths,
            num_heads=self.heads,
            spatial_dims=3,
        )
        stem = nn.Sequential(convolution, nn.GELU())
        n_masks = masks_among(in_channels, n_masks)
        return SwinNetwork(stem, transformer, n_masks, self.patch)
