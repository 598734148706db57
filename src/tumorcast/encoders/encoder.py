"""The contract of a network that turns a crop into a feature vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tumorcast.errors import refuse

if TYPE_CHECKING:
    from torch import nn


class Encoder(Protocol):
    """The architecture of a network on crops, as plain settings; weights come with `build`."""

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""

    @property
    def learning_rate(self) -> float:
        """Peak of the learning-rate schedule that suits the network (AdamW)."""

    def build(self, in_channels: int, crop_size: int, n_masks: int | None = None) -> nn.Module:
        """Return a freshly initialised network.

        It maps (batch, channel, z, y, x) to (batch, `n_features`). The features of one crop do
        not depend on the other crops of the batch.

        Parameters
        ----------
        in_channels
            Channels of the crop: images and behind them their masks.
        n_masks
            How many of them are masks, half by default; an encoder need not treat them apart.
        crop_size
            Voxels along each side of the cubic crop.

        Raises
        ------
        StudyRefusedError
            ``ENC-01`` when the network cannot take crops of this size.
        """


def require_size(encoder: Encoder, crop_size: int) -> None:
    """Refuse crops that `encoder` cannot take, with ``ENC-01``."""
    step = encoder.size_multiple
    if crop_size < step or crop_size % step:
        nearest = max(1, round(crop_size / step)) * step
        raise refuse(
            "ENC-01",
            f"a crop of {crop_size} voxels a side for {encoder}",
            expected=f"a multiple of {step} voxels",
            fix=f"set the crop's size_voxels to {nearest}",
        )


def masks_among(in_channels: int, n_masks: int | None) -> int:
    """Return how many channels are masks; by default every image has one."""
    return in_channels // 2 if n_masks is None else n_masks


def check_encoder(encoder: Encoder, *, in_channels: int = 2, crop_size: int = 32) -> None:
    """Raise `AssertionError` unless `encoder` keeps the contract.

    The shape of its output, independence of the crops in a batch, equal weights from equal
    seeds, and a gradient in every parameter. It computes in double precision, in which rounding,
    which may differ between batches, is far below any real dependence.
    """
    import torch  # noqa: PLC0415

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = encoder.build(in_channels, crop_size).double()
        crops = torch.rand(2, in_channels, *(crop_size,) * 3, dtype=torch.float64)
        torch.manual_seed(0)
        twin = encoder.build(in_channels, crop_size).double()

    features = network(crops)
    if features.shape != (2, encoder.n_features):
        raise AssertionError(f"features {tuple(features.shape)}, n_features {encoder.n_features}")
    features.square().sum().backward()
    idle = [name for name, p in network.named_parameters() if p.grad is None]
    if idle:
        raise AssertionError(f"parameters that no gradient reaches: {idle}")
    if not torch.allclose(network(crops[:1]), features[:1], rtol=1e-8, atol=1e-10):
        raise AssertionError("the features of a crop depend on the other crops of its batch")
    for (name, ours), theirs in zip(network.named_parameters(), twin.parameters(), strict=True):
        if not torch.equal(ours, theirs):
            raise AssertionError(f"equal seeds gave other weights in {name}")
