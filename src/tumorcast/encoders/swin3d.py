"""The 3D Swin Transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tumorcast.encoders.encoder import require_size

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Swin3D:
    """Hierarchical transformer with shifted windows (Liu et al., ICCV 2021), MONAI's in 3D.

    Parameters
    ----------
    embedding
        Channels after the patch embedding; each of the four stages doubles them.
    patch
        Voxels along each side of a token. 4 instead of 2 makes tokens eight times fewer.
    window
        Tokens along each side of an attention window. 4 divides the usual grids, 7 pads them.
    depths, heads
        Blocks and attention heads of the four stages.
    """

    embedding: int = 24
    patch: int = 4
    window: int = 4
    depths: tuple[int, int, int, int] = (2, 2, 2, 2)
    heads: tuple[int, int, int, int] = (3, 6, 12, 24)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return int(self.embedding * 2 ** len(self.depths))

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return self.patch

    def build(self, in_channels: int, crop_size: int) -> nn.Module:
        """Return a freshly initialised network; see `Encoder.build`."""
        from monai.networks.nets.swin_unetr import SwinTransformer  # noqa: PLC0415

        from tumorcast.encoders.modules import PooledBackbone  # noqa: PLC0415

        require_size(self, crop_size)
        backbone = SwinTransformer(
            in_chans=in_channels,
            embed_dim=self.embedding,
            window_size=(self.window,) * 3,
            patch_size=(self.patch,) * 3,
            depths=self.depths,
            num_heads=self.heads,
            spatial_dims=3,
        )
        return PooledBackbone(backbone)
