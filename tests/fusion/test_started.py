"""Encoders that start from weights: frozen, slow, or learning like the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from tumorcast.cohort import Outcome
from tumorcast.encoders import ENCODERS, Cnn3D, save_weights
from tumorcast.features import CropBlock, FeatureTable, Ledger, ModelInputs
from tumorcast.fusion.branch import Branch, build_branch
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.heads import Concatenation
from tumorcast.fusion.network import NetworkModel
from tumorcast.fusion.started import HEAD_RATE, Started, parameter_groups, start_from
from tumorcast.fusion.train import TrainingSettings

SIDE = 16


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(5)
    path = tmp_path / "ct.safetensors"
    save_weights(
        ENCODERS["cnn3d"].build(2, SIDE), path, name="made", encoder="cnn3d", source="a test",
        licence="CC0-1.0", spacing_mm=2.0, window=(0.0, 1.0), in_channels=2, size_voxels=SIDE,
    )  # fmt: skip
    return path


def test_encoders_have_their_rate_or_a_part_of_it_and_the_rest_that_of_heads() -> None:
    encoders = {
        "slow": Started(nn.Linear(2, 3), 0.1),
        "frozen": Started(nn.Linear(2, 3), 0),
        "fresh": nn.Linear(2, 3),
    }
    network = FusionNetwork(
        encoders, Concatenation(), branches={name: (name,) for name in encoders},
        n_features=3, columns=(), start=[0.0],
    )  # fmt: skip
    groups = parameter_groups(network, 0.5)
    of_head = [*network.projections.parameters(), *network.head.parameters()]
    assert {group["lr"]: len(group["params"]) for group in groups} == {
        0.05: 2, 0.5: 2, HEAD_RATE: len(of_head),
    }  # fmt: skip
    assert not any(p.requires_grad for p in encoders["frozen"].parameters())


def test_a_frozen_encoder_stays_in_evaluation_mode() -> None:
    frozen, slow = Started(nn.Dropout(), 0), Started(nn.Dropout(), 0.1)
    assert not frozen.train().encoder.training
    assert frozen.training
    assert slow.train().encoder.training


def test_a_gate_before_frozen_weights_still_learns() -> None:
    branch = build_branch(Cnn3D((8, 8)), ("ct",), {"ct": (2, 8)}, "gate", rate=0.0)
    assert isinstance(branch, Branch)
    branch(torch.rand(2, 2, 8, 8, 8)).sum().backward()
    learns = {name for name, p in branch.named_parameters() if p.grad is not None}
    assert learns == {"gates.0.convolution.weight", "gates.0.convolution.bias"}


def fitted(weights: Path, rate: float) -> NetworkModel:
    rng = np.random.default_rng(0)
    ids = tuple(f"case{i:02d}" for i in range(12))
    crops = CropBlock.of(
        rng.random((12, 2, SIDE, SIDE, SIDE), dtype=np.float32), np.ones(12, dtype=np.bool_)
    )
    inputs = ModelInputs(FeatureTable(pd.DataFrame(index=list(ids))), {"ct": crops, "pt": crops})
    outcome = Outcome(ids, np.tile([0, 1], 6), None)
    model = NetworkModel(
        ("ct", "pt"), "cnn3d", training=TrainingSettings(max_epochs=4), n_inner_folds=2,
        weights={"ct": weights}, weights_rate=rate,
    )  # fmt: skip
    return model.fit(inputs, outcome, horizon_days=float("inf"), seed=1, ledger=Ledger())


def moved(model: NetworkModel, weights: Path, image: str) -> float:
    start = load_file(weights)
    network = model.members_[0].network.encoders[image]
    state = network.state_dict()
    return sum(float((state[name] - start[name]).abs().sum()) for name in start)


def test_frozen_weights_stay_and_slow_ones_move_less(weights: Path) -> None:
    by_rate = {rate: moved(fitted(weights, rate), weights, "ct") for rate in (0.0, 0.1, 1.0)}
    assert by_rate[0.0] == 0
    assert 0 < by_rate[0.1] < by_rate[1.0] / 2
    assert moved(fitted(weights, 0.0), weights, "pt") > by_rate[1.0]


def test_a_fitted_model_comes_back_without_the_file_of_the_weights(weights: Path) -> None:
    model = fitted(weights, 0.1)
    weights.unlink()
    for settings in (replace(model), replace(model, weights={}, weights_rate=1.0)):
        again = settings.restore(model.state()).state()
        assert list(again) == list(model.state())
        for name, value in model.state().items():
            assert np.array_equal(value, again[name]), name


def test_weights_of_no_encoder_are_a_mistake(weights: Path) -> None:
    with pytest.raises(ValueError, match=r"weights of \['mr'\]"):
        NetworkModel(("ct",), "cnn3d", weights={"mr": weights})
    with pytest.raises(ValueError, match=r"weights of \['ct'\]"):
        NetworkModel(("ct", "pt"), "cnn3d", join="channels", weights={"ct": weights})
    torch.manual_seed(0)
    branches = nn.ModuleDict({"ct": Started(ENCODERS["cnn3d"].build(2, SIDE), 1.0)})
    start_from({"ct": weights}, branches)
