"""Every built-in encoder keeps the contract, and the check of the contract can fail."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from tumorcast.encoders import (
    ENCODERS,
    PUBLISHED,
    Cnn3D,
    DenseNet3D,
    Encoder,
    ResNet3D,
    Swin3D,
    ViT3D,
    check_encoder,
)
from tumorcast.errors import StudyRefusedError

OWN = [name for name in ENCODERS if name not in PUBLISHED]


@pytest.mark.parametrize("name", OWN)
def test_built_in_encoder_keeps_the_contract_on_its_smallest_crop(name: str) -> None:
    encoder = ENCODERS[name]
    check_encoder(encoder, in_channels=1, crop_size=max(8, encoder.size_multiple))


@pytest.mark.slow
@pytest.mark.parametrize("name", OWN)
def test_built_in_encoder_keeps_the_contract_on_a_crop_of_use(name: str) -> None:
    check_encoder(ENCODERS[name], in_channels=2, crop_size=48)


@pytest.mark.parametrize("name", ["resnet18", "densenet121"])
def test_no_batch_statistics_are_left(name: str) -> None:
    network = ENCODERS[name].build(1, 16)
    kinds = {type(layer).__name__ for layer in network.modules()}
    assert "GroupNorm" in kinds
    assert not any("BatchNorm" in kind for kind in kinds)
    assert list(network.buffers()) == []


@pytest.mark.parametrize(("name", "depth"), [("resnet18", 18), ("densenet121", 121)])
def test_the_depth_is_that_of_the_paper(name: str, depth: int) -> None:
    """Counted are the convolutions but for those of shortcuts, and the class scores."""
    layers = ENCODERS[name].build(1, 16).named_modules()
    convolutions = [n for n, layer in layers if isinstance(layer, nn.Conv3d)]
    assert len([n for n in convolutions if "downsample" not in n]) + 1 == depth


class Pooled(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_channels, 3)

    def forward(self, crops: Tensor) -> Tensor:
        features: Tensor = self.linear(crops.mean(dim=(2, 3, 4)))
        return features


class Batchwise(Pooled):
    def forward(self, crops: Tensor) -> Tensor:
        features = super().forward(crops)
        return features - features.mean(dim=0)


class WithIdleWeight(Pooled):
    def __init__(self, in_channels: int) -> None:
        super().__init__(in_channels)
        self.idle = nn.Parameter(torch.zeros(1))


class Unseeded(Pooled):
    builds = 0

    def __init__(self, in_channels: int) -> None:
        super().__init__(in_channels)
        Unseeded.builds += 1
        nn.init.constant_(self.linear.bias, float(Unseeded.builds))


class Settings:
    size_multiple = 1
    learning_rate = 1e-3

    def __init__(self, module: type[Pooled], n_features: int = 3) -> None:
        self.module = module
        self.n_features = n_features

    def build(self, in_channels: int, crop_size: int, n_masks: int | None = None) -> nn.Module:
        return self.module(in_channels)


def test_check_accepts_a_plain_encoder() -> None:
    check_encoder(Settings(Pooled))


@pytest.mark.parametrize(
    ("encoder", "fault"),
    [
        (Settings(Pooled, n_features=4), "n_features 4"),
        (Settings(Batchwise), "other crops of its batch"),
        (Settings(WithIdleWeight), "no gradient reaches: \\['idle'\\]"),
        (Settings(Unseeded), "equal seeds gave other weights in linear.bias"),
    ],
)
def test_check_fires(encoder: Settings, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_encoder(encoder)


@pytest.mark.parametrize(
    ("encoder", "size", "fix"),
    [
        (Cnn3D(), 50, "48"),
        (Swin3D(), 50, "48"),
        (Cnn3D(), 8, "16"),
        (ResNet3D(), 40, "32"),
        (DenseNet3D(), 8, "16"),
        (ViT3D(), 30, "32"),
    ],
)
def test_a_size_that_the_network_cannot_take_is_refused(
    encoder: Encoder, size: int, fix: str
) -> None:
    with pytest.raises(StudyRefusedError, match=f"ENC-01.*{size} voxels.*size_voxels to {fix}"):
        encoder.build(2, size)


@pytest.mark.parametrize("name", OWN)
def test_features_follow_the_level_of_the_voxel_values(name: str) -> None:
    """SUV is a level: a normalisation that removed it would blind the network."""
    torch.manual_seed(0)
    network = ENCODERS[name].build(2, 16)
    crop = torch.rand(1, 2, 16, 16, 16)
    brighter = crop.clone()
    brighter[:, 0] *= 2
    with torch.inference_mode():
        change = (network(brighter) - network(crop)).norm() / network(crop).norm()
    assert change > 0.05


def test_the_registry_is_read_without_torch_or_monai() -> None:
    code = (
        "import sys, tumorcast.encoders as e; print(sorted(e.ENCODERS));"
        "print(sorted({'torch', 'monai'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == [str(sorted(ENCODERS)), "[]"]
