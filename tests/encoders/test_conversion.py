"""Checkpoints as others publish them become safetensors with a card, and nothing in them runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.networks.nets.resnet import resnet50
from monai.networks.nets.segresnet_ds import SegResEncoder
from monai.networks.nets.swin_unetr import SwinUNETR
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool3d
from typer.testing import CliRunner

from tumorcast.cli import app
from tumorcast.encoders import (
    PUBLISHED,
    CropExtractor,
    FrozenEncoder,
    WeightsCard,
    convert_weights,
    load_weights,
)
from tumorcast.encoders.checkpoint_file import read_tensors
from tumorcast.encoders.published import CTFM, Fmcib, SwinSSL
from tumorcast.errors import BadInputError, StudyRefusedError
from tumorcast.imaging.guard import unguarded

State = dict[str, Tensor]
OPEN: dict[str, Any] = {"spacing_mm": 2.0, "window": (-100.0, 200.0), "size_voxels": 16}


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take networks of the same layout, but narrow, for those of many weights."""
    monkeypatch.setitem(PUBLISHED, "swin_ssl", SwinSSL(24))
    monkeypatch.setitem(PUBLISHED, "ct_fm", CTFM(8))
    monkeypatch.setitem(PUBLISHED, "fmcib", Fmcib(0.125))


def as_medicalnet(own: State) -> dict[str, Any]:
    """Torch's data-parallel training, with the segmentation's last layers and counts of batches."""
    tensors = {f"module.{name}": value for name, value in own.items()}
    counts = {"module.bn1.num_batches_tracked": torch.tensor(7)}
    others = {"module.conv_seg.0.weight": torch.zeros(3)}
    return {"epoch": 3, "state_dict": {**tensors, **counts, **others}, "optimizer": {"lr": 0.1}}


def as_swinvit(own: State) -> dict[str, Any]:
    """MONAI's model_swinvit.pt: fc1 and fc2, and the heads of the pretext tasks."""
    names = {name: name.replace("linear1", "fc1").replace("linear2", "fc2") for name in own}
    tensors = {f"module.{names[name]}": value for name, value in own.items()}
    return {"state_dict": {**tensors, "module.rotation_head.weight": torch.zeros(4, 8)}}


def as_ssl_head(own: State) -> dict[str, Any]:
    return {"state_dict": {f"swin_vit.{name}": value for name, value in own.items()}}


def as_trunk(own: State) -> dict[str, Any]:
    return {"trunk_state_dict": own, "train_loss": 0.5}


def as_lightning(own: State) -> dict[str, Any]:
    tensors = {f"model.backbone.{name}": value for name, value in own.items()}
    return {"state_dict": {**tensors, "model.head.weight": torch.zeros(2)}, "version": "2"}


def as_segresnet(own: State) -> dict[str, Any]:
    tensors = {f"encoder.{name}": value for name, value in own.items()}
    return {**tensors, "up_layers.0.upsample.weight": torch.zeros(2)}


def filled(encoder: str) -> nn.Module:
    """Return a network whose every tensor has values of its own."""
    torch.manual_seed(0)
    network = PUBLISHED[encoder].build(1, 16)
    for name, value in network.state_dict().items():
        if name.endswith(("running_mean", "bias")):
            value.normal_(0, 0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    return network.eval()


def own_names(network: nn.Module) -> State:
    return {name.removeprefix("body."): value for name, value in network.state_dict().items()}


@pytest.mark.parametrize(
    ("encoder", "layout", "given"),
    [
        ("medicalnet_resnet10", as_medicalnet, OPEN),
        ("swin_ssl", as_swinvit, {"spacing_mm": 2.0, "size_voxels": 16}),
        ("swin_ssl", as_ssl_head, {"spacing_mm": 2.0, "size_voxels": 16}),
        ("ct_fm", as_segresnet, {"spacing_mm": 1.0, "size_voxels": 16}),
        ("ct_fm", as_lightning, {"spacing_mm": 1.0, "size_voxels": 16}),
        ("fmcib", as_trunk, {"size_voxels": 16}),
        ("fmcib", as_lightning, {"size_voxels": 16}),
    ],
)
def test_a_checkpoint_gives_the_features_of_the_network_that_was_published(
    encoder: str, layout: Callable[[State], dict[str, Any]], given: dict[str, Any], tmp_path: Path
) -> None:
    published = filled(encoder)
    file, output = tmp_path / "checkpoint.pt", tmp_path / "out.safetensors"
    torch.save(layout(own_names(published)), file)
    with unguarded():
        card = convert_weights(file, encoder, output, **given)
    assert WeightsCard.read(output) == card
    assert (card.encoder, card.in_channels, card.size_voxels) == (encoder, 1, 16)
    assert card.licence == PUBLISHED[encoder].publication.licence
    assert card.made["converted"] == "checkpoint.pt"
    network = FrozenEncoder(encoder, PUBLISHED[encoder], weights=output, card=card).network(16)
    crops = torch.rand(2, 2, 16, 16, 16)
    with torch.inference_mode():
        assert torch.equal(network(crops), published(crops))


def monai_swin(checkpoint: dict[str, Any], crops: Tensor) -> Tensor:
    """Return what MONAI's own loader and network make of it, on axes (x, y, z) in RAS."""
    network = SwinUNETR(in_channels=1, out_channels=2, feature_size=24)
    network.load_from(checkpoint)  # type: ignore[no-untyped-call]
    image = crops[:, :1].permute(0, 1, 4, 3, 2).flip(2, 3)
    stages = network.eval().swinViT(image, normalize=True)[1:]
    return torch.cat([stage.mean(dim=(2, 3, 4)) for stage in stages], dim=1)


def monai_segresnet(checkpoint: dict[str, Any], crops: Tensor) -> Tensor:
    network = SegResEncoder(init_filters=8, blocks_down=(1, 2, 2, 4, 4))
    tensors = {k.removeprefix("encoder."): v for k, v in checkpoint.items() if "up_" not in k}
    network.load_state_dict(tensors, strict=False)
    return adaptive_avg_pool3d(network.eval()(crops[:, :1])[-1], 1).flatten(1)


def monai_resnet(checkpoint: dict[str, Any], crops: Tensor) -> Tensor:
    network = resnet50(n_input_channels=1, widen_factor=0.125, conv1_t_stride=2, feed_forward=False)
    network.load_state_dict(checkpoint["trunk_state_dict"], strict=False)
    features: Tensor = network.eval()(crops[:, :1])
    return features


@pytest.mark.parametrize(
    ("encoder", "layout", "judge", "given"),
    [
        ("swin_ssl", as_swinvit, monai_swin, {"spacing_mm": 2.0, "size_voxels": 32}),
        ("ct_fm", as_segresnet, monai_segresnet, {"spacing_mm": 1.0, "size_voxels": 32}),
        ("fmcib", as_trunk, monai_resnet, {"size_voxels": 32}),
    ],
)
def test_monai_finds_the_same_features(
    encoder: str, layout: Any, judge: Any, given: dict[str, Any], tmp_path: Path
) -> None:
    checkpoint = layout(own_names(filled(encoder)))
    file, output = tmp_path / "checkpoint.pt", tmp_path / "out.safetensors"
    torch.save(checkpoint, file)
    with unguarded():
        card = convert_weights(file, encoder, output, **given)
    network = FrozenEncoder(encoder, PUBLISHED[encoder], weights=output, card=card).network(32)
    crops = torch.rand(2, 2, 32, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(network(crops), judge(checkpoint, crops), rtol=1e-4, atol=1e-5)


def test_safetensors_are_read_as_well_and_the_published_input_is_kept(tmp_path: Path) -> None:
    file, output = tmp_path / "model.safetensors", tmp_path / "out.safetensors"
    save_file(own_names(filled("fmcib")), file)
    with unguarded():
        card = convert_weights(file, "fmcib", output)
    assert (card.spacing_mm, card.window, card.size_voxels) == (1.0, (-1024.0, 3072.0), 50)
    load_weights(PUBLISHED["fmcib"].build(2, 50), output, card)
    card.require_input("fmcib", CropExtractor("ct", 50, 1.0, (-1024, 3072)), 1)
    with pytest.raises(StudyRefusedError, match=r"WGT-03.*spacing_mm 2"):
        card.require_input("fmcib", CropExtractor("ct", 50, 2.0, (-1024, 3072)), 1)


def test_a_checkpoint_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    torch.save({"state_dict": {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7)}}, file)
    read = read_tensors(file)
    assert read["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read["b"].shape == ()
    assert read["b"] == 7


class Hostile:
    """Would write a file if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


def test_code_in_a_checkpoint_is_refused_and_does_not_run(tmp_path: Path) -> None:
    file, trace = tmp_path / "checkpoint.pt", tmp_path / "trace"
    torch.save({"state_dict": {"a": torch.zeros(2)}, "args": Hostile(trace)}, file)
    for reading in (read_tensors, read_tensors.__globals__["_read"].__wrapped__):
        with pytest.raises(BadInputError, match=r"CNV-01.*UnpicklingError"):
            reading(file)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "EOFError"), (b"PK\x03\x04 broken", "Error"), (b"\x80\x02}q\x00.", "magic number")],
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes, found: str) -> None:
    file = tmp_path / "checkpoint.pt"
    file.write_bytes(content)
    with unguarded(), pytest.raises(BadInputError, match=f"CNV-01.*{found}"):
        read_tensors(file)
    torch.save({"epoch": 1}, file)
    with unguarded(), pytest.raises(BadInputError, match=r"CNV-01.*no tensors"):
        read_tensors(file)


def test_a_file_that_cannot_be_read_refuses_the_conversion(tmp_path: Path) -> None:
    with unguarded(), pytest.raises(StudyRefusedError, match=r"CNV-01.*No such file.*Run refused"):
        convert_weights(tmp_path / "none.pt", "fmcib", tmp_path / "out.safetensors")


@pytest.mark.parametrize(
    ("encoder", "given", "found"),
    [
        ("resnet18", {}, r"CNV-02.*no published encoder 'resnet18'"),
        (
            "medicalnet_resnet10",
            {"window": (0, 1)},
            r"CNV-03.*leaves spacing_mm open.*--spacing-mm",
        ),
        ("swin_ssl", {"spacing_mm": 1, "window": (0, 1)}, r"CNV-03.*expect \(-1000.0, 1000.0\)"),
        ("fmcib", {"spacing_mm": 2.0}, r"CNV-03.*spacing_mm 2.0.*expect 1.0"),
        ("fmcib", {"size_voxels": 15}, r"ENC-01"),
    ],
)
def test_an_input_that_does_not_suit_is_refused(
    encoder: str, given: dict[str, Any], found: str, tmp_path: Path
) -> None:
    with pytest.raises(StudyRefusedError, match=found):
        convert_weights(tmp_path / "none.pt", encoder, tmp_path / "out.safetensors", **given)


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda t: t.pop("conv1.weight"), r"lacks 1 tensors.*no 'conv1.weight'"),
        (lambda t: t.update(extra=torch.zeros(2)), r"has 1 others.*unknown 'extra'"),
        (lambda t: t.update({"bn1.bias": torch.zeros(3)}), r"1 of another shape.*\(3,\), not"),
    ],
)
def test_tensors_of_another_network_are_refused(spoil: Any, found: str, tmp_path: Path) -> None:
    tensors = own_names(filled("fmcib"))
    spoil(tensors)
    file, output = tmp_path / "checkpoint.pt", tmp_path / "out.safetensors"
    torch.save({"trunk_state_dict": tensors}, file)
    with unguarded(), pytest.raises(StudyRefusedError, match=f"CNV-04.*{found}"):
        convert_weights(file, "fmcib", output)
    assert not output.exists()


def test_the_command_line_says_what_it_wrote(tmp_path: Path) -> None:
    file, output = tmp_path / "checkpoint.pt", tmp_path / "weights" / "swin.safetensors"
    torch.save(as_swinvit(own_names(filled("swin_ssl"))), file)
    asked = ["convert-weights", str(file), "--encoder", "swin_ssl", "-o", str(output)]
    with unguarded():
        done = CliRunner().invoke(app, [*asked, "--spacing-mm", "1.5", "--json"])
    assert done.exit_code == 0, done.output
    written = json.loads(done.stdout)
    assert (written["name"], written["spacing_mm"], written["window"]) == (
        "swin",
        1.5,
        [-1000, 1000],
    )
    assert WeightsCard.read(output).sha256 == written["sha256"]
