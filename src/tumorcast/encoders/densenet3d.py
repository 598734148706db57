"""The 3D densely connected network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tumorcast.encoders.encoder import require_size
from tumorcast.encoders.level import LEVEL_FEATURES

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class DenseNet3D:
    """DenseNet-121 (Huang et al., CVPR 2017), MONAI's in 3D, with group normalisation.

    As in `ResNet3D` the stem's max-pooling is left out, and mean and standard deviation of the
    crop's channels go beside the features.

    Parameters
    ----------
    layers
        Layers of the dense blocks.
    growth
        Channels that a layer adds.
    learning_rate
        Peak of the schedule that suits this network.
    """

    layers: tuple[int, int, int, int] = (6, 12, 24, 16)
    growth: int = 32
    learning_rate: float = 1e-3

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        width = 2 * self.growth
        for layers in self.layers[:-1]:
            width = (width + layers * self.growth) // 2
        return width + self.layers[-1] * self.growth + LEVEL_FEATURES

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return 16

    def build(
        self,
        in_channels: int,
        crop_size: int,
        n_masks: int | None = None,  # noqa: ARG002
    ) -> nn.Module:
        """Return a freshly initialised network; see `Encoder.build`."""
        from monai.networks.nets.densenet import DenseNet  # noqa: PLC0415
        from torch import nn  # noqa: PLC0415

        from tumorcast.encoders.modules import LevelledNetwork, batch_to_group_norm  # noqa: PLC0415

        require_size(self, crop_size)
        body = DenseNet(
            spatial_dims=3,
            in_channels=in_channels,
            out_channels=1,
            init_features=2 * self.growth,
            growth_rate=self.growth,
            block_config=self.layers,
        )
        body.features.pool0 = nn.Identity()
        body.class_layers.out = nn.Identity()
        return LevelledNetwork(batch_to_group_norm(body), in_channels)
