"""Published networks: their names and shapes, what they see, and the contract of an encoder."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from tumorcast.encoders import ENCODERS, PUBLISHED, Encoder, channels_seen, check_encoder
from tumorcast.encoders.published import CTFM, Fmcib, SwinSSL
from tumorcast.errors import StudyRefusedError

NARROW: dict[str, Encoder] = {
    "medicalnet_resnet10": PUBLISHED["medicalnet_resnet10"],
    "swin_ssl": SwinSSL(24),
    "ct_fm": CTFM(8),
    "fmcib": Fmcib(0.125),
}
# Names and shapes as the publications' code and files have them.
TENSORS: dict[str, dict[str, tuple[int, ...]]] = {
    "medicalnet_resnet10": {
        "conv1.weight": (64, 1, 7, 7, 7),
        "layer2.0.downsample.0.weight": (128, 64, 1, 1, 1),
        "layer2.0.downsample.1.running_var": (128,),
        "layer4.0.conv2.weight": (512, 512, 3, 3, 3),
    },
    "medicalnet_resnet18": {"bn1.bias": (64,), "layer3.1.conv2.weight": (256, 256, 3, 3, 3)},
    "medicalnet_resnet34": {"layer3.5.bn2.running_mean": (256,)},
    "medicalnet_resnet50": {
        "layer1.0.downsample.0.weight": (256, 64, 1, 1, 1),
        "layer4.2.conv3.weight": (2048, 512, 1, 1, 1),
    },
    "swin_ssl": {
        "patch_embed.proj.weight": (48, 1, 2, 2, 2),
        "layers1.0.blocks.0.attn.relative_position_bias_table": (2197, 3),
        "layers1.0.blocks.1.attn.relative_position_index": (343, 343),
        "layers2.0.downsample.reduction.weight": (192, 768),
        "layers4.0.blocks.1.mlp.linear1.weight": (1536, 384),
    },
    "ct_fm": {
        "conv_init.weight": (32, 1, 3, 3, 3),
        "layers.0.blocks.0.norm1.running_mean": (32,),
        "layers.0.downsample.weight": (64, 32, 3, 3, 3),
        "layers.4.blocks.3.conv2.weight": (512, 512, 3, 3, 3),
    },
    "fmcib": {
        "conv1.weight": (128, 1, 7, 7, 7),
        "layer1.0.downsample.0.bias": (512,),
        "layer4.2.conv3.weight": (4096, 1024, 1, 1, 1),
    },
}
UNKNOWN = {
    "medicalnet_resnet18": "layer2.0.downsample.0.weight",
    "medicalnet_resnet10": "layer2.0.downsample.0.bias",
}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n == "fmcib" else ()) for n in PUBLISHED]
)
def test_the_tensors_are_those_of_the_publication(name: str) -> None:
    network = PUBLISHED[name].build(1, 16)
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    for key, shape in TENSORS[name].items():
        assert shapes[f"body.{key}"] == shape, key
    assert f"body.{UNKNOWN.get(name)}" not in shapes
    assert not any(key.endswith("num_batches_tracked") for key in shapes)


@pytest.mark.parametrize("name", NARROW)
def test_a_published_network_keeps_the_contract(name: str) -> None:
    """Narrow ones here; statistics that do not change keep the crops of a batch apart."""
    check_encoder(NARROW[name], in_channels=2, crop_size=16)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "fmcib"])
def test_a_published_network_keeps_the_contract_at_its_width(name: str) -> None:
    check_encoder(PUBLISHED[name], in_channels=1, crop_size=16)


@pytest.mark.parametrize("name", NARROW)
def test_the_mask_is_not_seen(name: str) -> None:
    torch.manual_seed(0)
    network = NARROW[name].build(2, 16)
    crops = torch.rand(1, 2, 16, 16, 16)
    other = crops.clone()
    other[:, 1] = 1 - other[:, 1]
    with torch.inference_mode():
        assert torch.equal(network(crops), network(other))
        assert torch.equal(network(crops), network(crops[:, :1]))
    assert (channels_seen("fmcib", 2), channels_seen("cnn3d", 2)) == (1, 2)


def test_statistics_do_not_change_in_training() -> None:
    torch.manual_seed(0)
    network = NARROW["fmcib"].build(1, 16).train()
    before = {name: value.clone() for name, value in network.named_buffers()}
    network(torch.rand(4, 1, 16, 16, 16)).sum().backward()
    assert before
    assert all(torch.equal(value, before[name]) for name, value in network.named_buffers())


def test_the_swin_transformer_sees_the_axes_that_it_was_trained_on() -> None:
    """RAS in the order (x, y, z): a crop's axes go to S, P and L in the order (z, y, x)."""
    torch.manual_seed(0)
    network = NARROW["swin_ssl"].build(1, 16).eval()
    crops = torch.rand(1, 1, 16, 16, 16)
    x, y, z = 3, 5, 7
    marked = crops.clone()
    marked[0, 0, z, y, x] += 1
    shown: list[torch.Tensor] = []
    network.body.register_forward_pre_hook(lambda _, inputs: shown.append(inputs[0]))  # type: ignore[union-attr]
    with torch.inference_mode():
        network(crops)
        network(marked)
    place = (shown[1] - shown[0])[0, 0].nonzero().tolist()
    assert place == [[15 - x, 15 - y, z]]


def test_the_last_stages_of_medicalnet_dilate_and_keep_the_grid() -> None:
    network = NARROW["medicalnet_resnet10"].build(1, 16)
    for stage, step in (("layer2", 1), ("layer3", 2), ("layer4", 4)):
        for conv in ("conv1", "conv2"):
            layer = network.get_submodule(f"body.{stage}.0.{conv}")
            assert isinstance(layer, nn.Conv3d)
            assert layer.dilation == layer.padding == (step,) * 3
            assert layer.stride == ((2,) * 3 if (stage, conv) == ("layer2", "conv1") else (1,) * 3)


def test_medicalnet_tells_the_level_that_it_takes_away() -> None:
    torch.manual_seed(0)
    network = NARROW["medicalnet_resnet10"].build(1, 16).eval()
    crop = torch.rand(1, 1, 16, 16, 16)
    with torch.inference_mode():
        dark, bright = network(0.5 * crop)[0], network(crop)[0]
    assert torch.allclose(dark[:-2], bright[:-2], atol=1e-4)
    assert torch.allclose(2 * dark[-2:], bright[-2:])


@pytest.mark.parametrize("name", NARROW)
def test_several_images_are_refused(name: str) -> None:
    with pytest.raises(StudyRefusedError, match=r"ENC-02.*4 channels.*join: branches"):
        NARROW[name].build(4, 16)


def test_what_is_known_of_the_weights_is_complete() -> None:
    assert set(PUBLISHED) <= set(ENCODERS)
    for encoder in PUBLISHED.values():
        about = encoder.publication
        assert about.licence in {"MIT", "Apache-2.0"}
        assert "." in about.source
        assert about.size_voxels % encoder.size_multiple == 0
        assert "publication" not in repr(encoder)
        assert hash(encoder) == hash(replace(encoder))
