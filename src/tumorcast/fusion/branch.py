"""What an encoder sees of one image or of several on one grid, and how the mask comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from tumorcast.encoders import Encoder
from tumorcast.fusion.started import Started

MaskUse = Literal["channel", "gate"]
JoinUse = Literal["branches", "channels"]
GATE_SIDE = 5
"""Voxels along each side of the neighbourhood that opens or closes the gate."""


def branches_of(images: tuple[str, ...], join: JoinUse) -> dict[str, tuple[str, ...]]:
    """Return the images of each encoder, by the name of its block."""
    if join == "channels":
        return {"+".join(images): images}
    return {image: (image,) for image in images}


def build_branch(
    encoder: Encoder,
    images: tuple[str, ...],
    shapes: Mapping[str, tuple[int, ...]],
    mask: MaskUse,
    rate: float | None = None,
) -> nn.Module:
    """Return an encoder of the crops of `images` behind one another, image and mask of each.

    Parameters
    ----------
    shapes
        Channels and side of each image's crop.
    mask
        Whether the masks are channels, or gates of the images.
    rate
        Of an encoder that starts from weights; see `Started`.

    Raises
    ------
    StudyRefusedError
        ``ENC-01`` when the encoder cannot take crops of this size.
    """
    side = shapes[images[0]][1]
    gated = mask == "gate"
    channels = len(images) if gated else sum(shapes[i][0] for i in images)
    body = encoder.build(channels, side, n_masks=0 if gated else len(images))
    if rate is not None:
        body = Started(body, rate)
    return Branch(body, len(images), gated=gated) if gated or len(images) > 1 else body


class Branch(nn.Module):
    """An encoder behind the joining of images and the use of their masks.

    It takes channels image, mask, image, mask, ...; an image that the case lacks is zero, mask and
    all. The encoder gets the images, the first from 0 to 1 as it expects, the others from -2 to 2
    as it makes of the first, and then the masks, if they are not gates. An absent image is in the
    middle of its window everywhere.

    Parameters
    ----------
    encoder
        Takes as many channels.
    n_images
        Number of images.
    gated
        Whether masks are attention gates.
    """

    def __init__(self, encoder: nn.Module, n_images: int, *, gated: bool) -> None:
        super().__init__()
        self.encoder = encoder
        self.gates = nn.ModuleList(MaskGate() for _ in range(n_images if gated else 0))

    def forward(self, crops: Tensor) -> Tensor:
        """Map (batch, channel, z, y, x) to (batch, feature)."""
        images, masks = crops[:, 0::2], crops[:, 1::2]
        if self.gates:
            pairs = torch.stack([images, masks], dim=2).unbind(dim=1)
            gates = [gate(pair) for gate, pair in zip(self.gates, pairs, strict=True)]
            images, masks = images * torch.cat(gates, dim=1), masks[:, :0]
        there = (crops != 0).flatten(2).any(dim=2).view(len(crops), -1, 2).any(dim=2)
        there = there[:, :, None, None, None]
        images = torch.where(there, images, 0.5)
        others = 4 * images[:, 1:] - 2
        features: Tensor = self.encoder(torch.cat([images[:, :1], others, masks], dim=1))
        return features


class MaskGate(nn.Module):
    """A soft mask by which the image is multiplied: an attention gate.

    The gate is the logistic function of a convolution of image and mask, after Oktay et al.
    (Attention U-Net, MIDL 2018), whose gates the deeper layers steer; here it is what was drawn.
    At first it depends on the mask alone, is nearly open inside and lets a quarter through
    outside.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv3d(2, 1, GATE_SIDE, padding=GATE_SIDE // 2)
        with torch.no_grad():
            self.convolution.weight[:, 0] = 0
            self.convolution.weight[:, 1] = 4 / GATE_SIDE**3
            self.convolution.bias.fill_(-1)  # type: ignore[union-attr]

    def forward(self, crops: Tensor) -> Tensor:
        """Map image and mask, (batch, 2, z, y, x), to the gate, (batch, 1, z, y, x)."""
        return torch.sigmoid(self.convolution(crops))
