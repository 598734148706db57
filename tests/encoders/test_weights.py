"""Weights on the disk: they come back as they were, and everything that does not fit is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tumorcast.encoders import (
    Cnn3D,
    CropExtractor,
    WeightsCard,
    load_weights,
    save_weights,
)
from tumorcast.errors import StudyRefusedError

ENCODER = Cnn3D((8, 8))
CROP = CropExtractor("ct", size_voxels=8, spacing_mm=2.0, window=(-160.0, 240.0))
CARD: dict[str, Any] = {
    "name": "made",
    "encoder": "cnn3d",
    "source": "made for a test",
    "licence": "CC0-1.0",
    "spacing_mm": 2.0,
    "window": (-160.0, 240.0),
    "in_channels": 2,
    "size_voxels": 8,
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    path = tmp_path / "made.safetensors"
    save_weights(ENCODER.build(2, 8), path, **CARD)
    return path


def test_weights_and_card_come_back_as_they_were(saved: Path) -> None:
    torch.manual_seed(1)
    original = ENCODER.build(2, 8)
    card = WeightsCard.read(saved)
    assert (card.name, card.licence, card.window) == ("made", "CC0-1.0", (-160.0, 240.0))
    assert card.orientation == "SPL"
    network = ENCODER.build(2, 8)
    load_weights(network, saved, card)
    for ours, theirs in zip(original.parameters(), network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    card.require_input("cnn3d", CROP)


def test_a_file_that_was_changed_is_refused(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    data[-1] ^= 1
    saved.write_bytes(bytes(data))
    with pytest.raises(StudyRefusedError, match=r"WGT-02.*digest .*, its card says"):
        load_weights(ENCODER.build(2, 8), saved, WeightsCard.read(saved))


def test_other_names_and_shapes_are_refused_with_the_first_of_them(saved: Path) -> None:
    card = WeightsCard.read(saved)
    with pytest.raises(
        StudyRefusedError, match=r"WGT-04.*1 tensors.*'layers.0.weight': shape \(8, 2.*\(8, 1"
    ):
        load_weights(ENCODER.build(1, 8), saved, card)
    with pytest.raises(StudyRefusedError, match=r"WGT-04.*tensors differ.*none in the file"):
        load_weights(Cnn3D((8, 8, 8)).build(2, 8), saved, card)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "made.safetensors"
    described = save_weights(ENCODER.build(2, 8), path, **CARD)
    path.write_bytes(b"no tensors")
    right = replace(described, sha256=hashlib.sha256(b"no tensors").hexdigest())
    with pytest.raises(StudyRefusedError, match=r"WGT-04.*no safetensors file"):
        load_weights(ENCODER.build(2, 8), path, right)


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda path: path.with_suffix(".json").unlink(), "cannot be read"),
        (lambda path: path.with_suffix(".json").write_text("{"), "cannot be read"),
        (lambda path: path.with_suffix(".json").write_text("[]"), "it has list"),
        (lambda path: path.with_suffix(".json").write_text('{"name": "x"}'), r"it has \['name'\]"),
        (lambda path: path.unlink(), "no made.safetensors beside it"),
    ],
)
def test_a_card_that_is_not_whole_is_refused(saved: Path, spoil: Any, found: str) -> None:
    spoil(saved)
    with pytest.raises(StudyRefusedError, match=f"WGT-01.*{found}"):
        WeightsCard.read(saved)


@pytest.mark.parametrize(
    ("encoder", "crop", "found"),
    [
        ("resnet18", CROP, "encoder resnet18.*expected encoder cnn3d"),
        ("cnn3d", replace(CROP, spacing_mm=1.0), "spacing_mm 1.*expected spacing_mm 2"),
        ("cnn3d", replace(CROP, window=(0.0, 1.0)), "window"),
        ("cnn3d", replace(CROP, size_voxels=16), "size_voxels 16.*expected size_voxels 8"),
    ],
)
def test_another_input_than_the_weights_expect_is_refused(
    saved: Path, encoder: str, crop: CropExtractor, found: str
) -> None:
    with pytest.raises(StudyRefusedError, match=f"WGT-03.*{found}"):
        WeightsCard.read(saved).require_input(encoder, crop)


def test_another_orientation_is_refused(saved: Path) -> None:
    path = saved.with_suffix(".json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "orientation": "IPR"}))
    with pytest.raises(StudyRefusedError, match=r"WGT-03.*orientation SPL.*orientation IPR"):
        WeightsCard.read(saved).require_input("cnn3d", CROP)
