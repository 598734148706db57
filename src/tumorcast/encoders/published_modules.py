"""The published networks behind the encoders. Importing this module imports torch."""

from __future__ import annotations

import torch
from monai.networks.nets.resnet import ResNet
from monai.networks.nets.segresnet_ds import SegResEncoder
from monai.networks.nets.swin_unetr import SwinTransformer
from torch import Tensor, nn
from torch.nn import functional

from tumorcast.encoders.modules import average_over_space

WIDTHS = (64, 128, 256, 512)
LAYERS = {10: (1, 1, 1, 1), 18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
PADDED_SHORTCUTS = (18, 34)
"""MedicalNet's networks whose shortcuts have no weights."""
SMALLEST_SPREAD = 1e-6


class FixedBatchNorm(nn.Module):
    """Batch normalisation by given statistics, in training as well.

    Eight crops have no statistics worth the name, and with them the features of a case would
    depend on its batch. Factor and summand may learn.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, like: nn.BatchNorm3d) -> None:
        super().__init__()
        self.eps = like.eps
        self.weight = nn.Parameter(torch.ones(like.num_features))
        self.bias = nn.Parameter(torch.zeros(like.num_features))
        self.register_buffer("running_mean", torch.zeros(like.num_features))
        self.register_buffer("running_var", torch.ones(like.num_features))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise each channel; the shape stays."""
        return functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )


class PaddedShortcut(nn.Module):
    """Every so many voxels along each axis, with channels of zeros added (He et al., option A)."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.channels, self.stride = channels, stride

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in, z, y, x) to (batch, `channels`, z / stride, ...)."""
        step = self.stride
        added = (0, 0, 0, 0, 0, 0, 0, self.channels - x.shape[1])
        return functional.pad(x[:, :, ::step, ::step, ::step], added)


class PublishedNetwork(nn.Module):
    """A network of one image: the mask is not shown to it."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x), the image first, to (batch, feature)."""
        return self.features(crops[:, :1])

    def features(self, image: Tensor) -> Tensor:
        """Map (batch, 1, z, y, x), from 0 to 1, to (batch, feature)."""
        features: Tensor = self.body(image)
        return features


class StandardisedNetwork(PublishedNetwork):
    """A network of images of mean 0 and standard deviation 1; both go beside its features."""

    def features(self, image: Tensor) -> Tensor:
        """Map (batch, 1, z, y, x) to (batch, feature)."""
        spread, mean = torch.std_mean(image, dim=(2, 3, 4), keepdim=True)
        features = self.body((image - mean) / (spread + SMALLEST_SPREAD))
        return torch.cat([features, mean.flatten(1), spread.flatten(1)], dim=1)


class StagesNetwork(PublishedNetwork):
    """The mean token of each stage of a Swin Transformer, whose axes are (x, y, z) in RAS."""

    def features(self, image: Tensor) -> Tensor:
        """Map (batch, 1, z, y, x), whose axes go to S, P and L, to (batch, feature)."""
        _, *stages = self.body(image.permute(0, 1, 4, 3, 2).flip(2, 3), normalize=True)
        return torch.cat([average_over_space(stage) for stage in stages], dim=1)


class LastMapNetwork(PublishedNetwork):
    """The mean over space of the last of several maps."""

    def features(self, image: Tensor) -> Tensor:
        """Map (batch, 1, z, y, x) to (batch, feature)."""
        return average_over_space(self.body(image)[-1])


def medicalnet(depth: int) -> nn.Module:
    """Return a residual network of MedicalNet; see `tumorcast.encoders.published.MedicalNet`."""
    body = ResNet(
        "bottleneck" if depth == 50 else "basic",
        list(LAYERS[depth]),
        list(WIDTHS),
        n_input_channels=1,
        conv1_t_stride=2,
        shortcut_type="B",
        bias_downsample=False,
        feed_forward=False,
    )
    if depth in PADDED_SHORTCUTS:
        body.layer2[0].downsample = PaddedShortcut(WIDTHS[1], stride=2)
        body.layer3[0].downsample = PaddedShortcut(WIDTHS[2], stride=1)
        body.layer4[0].downsample = PaddedShortcut(WIDTHS[3], stride=1)
    _dilate(body.layer3, 2)
    _dilate(body.layer4, 4)
    return StandardisedNetwork(_with_fixed_norm(body))


def fmcib(widen: float) -> nn.Module:
    """Return the network of FMCIB."""
    body = ResNet(
        "bottleneck",
        list(LAYERS[50]),
        list(WIDTHS),
        n_input_channels=1,
        conv1_t_stride=2,
        widen_factor=widen,
        feed_forward=False,
    )
    return PublishedNetwork(_with_fixed_norm(body))


def ct_fm(filters: int) -> nn.Module:
    """Return the encoder of CT-FM."""
    body = SegResEncoder(init_filters=filters, in_channels=1, blocks_down=(1, 2, 2, 4, 4))
    return LastMapNetwork(_with_fixed_norm(body))


def swin_ssl(embedding: int) -> nn.Module:
    """Return the Swin Transformer of Swin UNETR."""
    body = SwinTransformer(
        in_chans=1,
        embed_dim=embedding,
        window_size=(7, 7, 7),
        patch_size=(2, 2, 2),
        depths=(2, 2, 2, 2),
        num_heads=(3, 6, 12, 24),
        spatial_dims=3,
    )
    return StagesNetwork(body)


def _dilate(stage: nn.Module, step: int) -> None:
    """Let a stage keep the grid and reach as far all the same."""
    for layer in stage.modules():
        if isinstance(layer, nn.Conv3d):
            layer.stride = (1, 1, 1)
            if layer.kernel_size == (3, 3, 3):
                layer.dilation = layer.padding = (step, step, step)


def _with_fixed_norm(network: nn.Module) -> nn.Module:
    for name, layer in list(network.named_children()):
        if isinstance(layer, nn.BatchNorm3d):
            setattr(network, name, FixedBatchNorm(layer))
        else:
            _with_fixed_norm(layer)
    return network
