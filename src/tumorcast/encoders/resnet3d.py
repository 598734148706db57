"""3D residual networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tumorcast.encoders.encoder import require_size
from tumorcast.encoders.level import LEVEL_FEATURES

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ResNet3D:
    """Residual network (He et al., CVPR 2016), MONAI's in 3D, with group normalisation.

    The stem's max-pooling is left out: at 2 to 3 mm a tumour measures some ten voxels, and a
    quarter of them is too few to start with. Normalisation takes the level of the crop away, so
    mean and standard deviation of its channels go beside the features.

    Parameters
    ----------
    depth
        18 (basic blocks) or 50 (bottlenecks).
    learning_rate
        Peak of the schedule that suits this network.
    """

    depth: Literal[18, 50] = 18
    learning_rate: float = 1e-3

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return (512 if self.depth == 18 else 2048) + LEVEL_FEATURES

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
        from monai.networks.nets.resnet import resnet18, resnet50  # noqa: PLC0415

        from tumorcast.encoders.modules import LevelledNetwork, batch_to_group_norm  # noqa: PLC0415

        require_size(self, crop_size)
        make = resnet18 if self.depth == 18 else resnet50
        body = make(
            spatial_dims=3,
            n_input_channels=in_channels,
            conv1_t_stride=2,
            no_max_pool=True,
            bias_downsample=False,
            feed_forward=False,
        )
        return LevelledNetwork(batch_to_group_norm(body), in_channels)
