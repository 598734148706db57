"""Features of encoders on one scale, learned from the rows that the network learns from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tumorcast.features import CropBlock
from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.feature_scale import FeatureScale
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.heads import Concatenation
from tumorcast.fusion.scale_learning import learn_scales


class Corners(nn.Module):
    """Two voxels and a constant as features."""

    def forward(self, crops: Tensor) -> Tensor:
        first, last = crops[:, 0, 0, 0, 0], crops[:, 0, -1, -1, -1]
        return torch.stack([first, last, torch.ones_like(first)], dim=1)


@pytest.fixture
def network() -> FusionNetwork:
    return FusionNetwork(
        {"ct": Corners()}, Concatenation(), branches={"ct": ("ct",)},
        n_features=3, columns=(), start=[0.0],
    )  # fmt: skip


def data_of(present: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> NetworkData:
    n = len(present)
    crops = np.random.default_rng(1).random((n, 2, 2, 2, 2)).astype(np.float32)
    crops[~present] = np.nan
    block = CropBlock.of(crops, present)
    return NetworkData({"ct": block}, np.zeros((n, 0), np.float32), np.zeros((n, 0), bool))


def test_the_rows_that_are_learned_from_have_mean_0_and_spread_1(network: FusionNetwork) -> None:
    data, rows = data_of(np.arange(40) % 5 > 0), np.arange(30)
    learn_scales(network, data, rows)
    batch = data.batch(rows, torch.device("cpu"))
    scaled = network.scales["ct"](network.features("ct", batch))
    assert len(scaled) == 24
    assert scaled.mean(dim=0).numpy() == pytest.approx([0, 0, 0], abs=1e-5)
    assert scaled.std(dim=0).numpy() == pytest.approx([1, 1, 0], abs=1e-5)


def test_other_rows_do_not_matter(network: FusionNetwork) -> None:
    whole = data_of(np.ones(40, dtype=bool))
    learn_scales(network, whole, np.arange(30))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    whole.crops["ct"].array[30:] = 1e6  # type: ignore[index]
    learn_scales(network, whole, np.arange(30))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_an_image_that_nobody_has_leaves_its_features_as_they_are(network: FusionNetwork) -> None:
    learn_scales(network, data_of(np.zeros(8, dtype=bool)), np.arange(8))
    assert torch.equal(
        network.scales["ct"](torch.tensor([[2.0, 3, 4]])), torch.tensor([[2.0, 3, 4]])
    )


def test_the_scale_is_part_of_what_was_learned() -> None:
    scale = FeatureScale(2)
    scale.learn(torch.tensor([[1.0, 2.0], [3.0, 8.0]]))
    other = FeatureScale(2)
    other.load_state_dict(scale.state_dict())
    assert torch.equal(other(torch.ones(1, 2)), scale(torch.ones(1, 2)))
