"""Embeddings: columns that depend on the crop and the weights, and on nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tumorcast.cohort import Case, ImageSource
from tumorcast.encoders import (
    Cnn3D,
    CropExtractor,
    EmbeddingExtractor,
    FrozenEncoder,
    WeightsCard,
    save_weights,
)
from tumorcast.errors import StudyRefusedError
from tumorcast.imaging import Geometry, Mask, Volume

CNN = Cnn3D((8, 8))
CROP = CropExtractor("ct", size_voxels=8, spacing_mm=2.0, window=(-100.0, 100.0))
RANDOM = EmbeddingExtractor(CROP, FrozenEncoder("cnn3d", CNN, seed=3))


def case_of(seed: int = 0) -> Case:
    shape = (12, 12, 12)
    geometry = Geometry.of_spacing(shape, (2, 2, 2))
    mask = np.zeros(shape, dtype=bool)
    mask[4:8, 4:8, 4:8] = True
    values = np.random.default_rng(seed).normal(0, 50, shape)
    source = ImageSource(Volume(values, geometry, "HU"), Mask(mask, geometry), unit="HU")
    return Case("a", "a", images={"ct": source})


def test_columns_are_the_features_of_the_network_in_their_order() -> None:
    columns = RANDOM.extract(case_of())
    assert list(columns) == [f"ct.tumor.cnn3d_{number:03d}" for number in range(CNN.n_features)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = CNN.build(2, 8).eval()
    crop = torch.from_numpy(CROP.extract(case_of()).astype(np.float32))[None]
    with torch.inference_mode():
        expected = network(crop)[0].tolist()
    assert list(columns.values()) == pytest.approx(expected, rel=1e-6)


def test_a_case_always_has_the_same_columns_whatever_came_before() -> None:
    first = RANDOM.extract(case_of())
    torch.rand(5)
    RANDOM.extract(case_of(1))
    assert RANDOM.extract(case_of()) == first
    assert RANDOM.extract(case_of(1)) != first
    fresh = replace(RANDOM, encoder=replace(RANDOM.encoder, name="other"))
    assert list(fresh.extract(case_of()).values()) == list(first.values())


def test_the_generator_and_the_threads_of_the_caller_are_left_alone() -> None:
    torch.manual_seed(7)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    replace(RANDOM, encoder=replace(RANDOM.encoder, seed=11)).extract(case_of())
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_weights_from_a_file_are_used_and_are_part_of_the_identity(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    card = save_weights(
        RANDOM.encoder.network(8),
        path,
        name="w",
        encoder="cnn3d",
        source="made for a test",
        licence="CC0-1.0",
        spacing_mm=2.0,
        window=(-100.0, 100.0),
        in_channels=2,
        size_voxels=8,
    )
    assert card == WeightsCard.read(path)
    frozen = FrozenEncoder("cnn3d", CNN, weights=path, card=card)
    from_file = EmbeddingExtractor(CROP, frozen)
    assert from_file.extract(case_of()) == RANDOM.extract(case_of())
    identities = [
        RANDOM,
        from_file,
        replace(RANDOM, encoder=replace(RANDOM.encoder, seed=4)),
        replace(RANDOM, encoder=replace(RANDOM.encoder, architecture=Cnn3D((8, 16)))),
        replace(RANDOM, crop=replace(CROP, spacing_mm=1.0)),
        replace(from_file, encoder=replace(frozen, card=replace(card, sha256="0"))),
    ]
    assert len({json.dumps(extractor.parameters()) for extractor in identities}) == 6
    assert str(tmp_path) not in json.dumps(from_file.parameters())


def test_weights_that_were_changed_are_never_used(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"other")
    card = WeightsCard("w", "cnn3d", "s", "l", "0", 2.0, (-100.0, 100.0), 2, 8)
    frozen = FrozenEncoder("cnn3d", CNN, weights=path, card=card)
    with pytest.raises(StudyRefusedError, match="WGT-02"):
        EmbeddingExtractor(CROP, frozen).extract(case_of())


def test_either_a_seed_or_weights_with_their_card() -> None:
    with pytest.raises(ValueError, match="either a seed or weights"):
        FrozenEncoder("cnn3d", CNN)
    with pytest.raises(ValueError, match="either a seed or weights"):
        FrozenEncoder("cnn3d", CNN, seed=1, weights=Path("w"))
    with pytest.raises(ValueError, match="with their card"):
        FrozenEncoder("cnn3d", CNN, weights=Path("w"))
