"""The network that joins images and columns, and what an absent image may do to it."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from tumorcast.fusion.batch import Batch
from tumorcast.fusion.heads import ConcatenationNetwork


class Averages(nn.Module):
    """Two features of a crop; counts the crops that it has been asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 2)
        self.asked = 0

    def forward(self, crops: Tensor) -> Tensor:
        self.asked += len(crops)
        features: Tensor = self.linear(crops.mean(dim=(2, 3, 4)))
        return features


def network_of(
    images: list[str], n_columns: int = 1, prevalence: float = 0.5
) -> ConcatenationNetwork:
    torch.manual_seed(0)
    encoders = {image: Averages() for image in images}
    return ConcatenationNetwork(
        encoders, n_features=2, n_columns=n_columns, prevalence=prevalence
    ).eval()


def batch_of(ct: Tensor, pt: Tensor, pt_present: list[bool]) -> Batch:
    present = {"ct": torch.ones(len(ct), dtype=torch.bool), "pt": torch.tensor(pt_present)}
    columns = torch.arange(len(ct), dtype=torch.float32)[:, None]
    return Batch({"ct": ct, "pt": pt}, present, columns)


def gradients(network: ConcatenationNetwork, batch: Batch) -> tuple[Tensor, list[Tensor]]:
    network.zero_grad()
    logit = network(batch)
    logit.square().sum().backward()
    grads = [p.grad.clone() for p in network.parameters() if p.grad is not None]
    return logit.detach(), grads


@pytest.mark.parametrize("garbage", [0.0, 1e6, math.nan, math.inf])
def test_what_stands_in_place_of_an_absent_image_cannot_matter(garbage: float) -> None:
    network = network_of(["ct", "pt"])
    ct, pt = torch.rand(4, 2, 3, 3, 3), torch.rand(4, 2, 3, 3, 3)
    present = [True, False, True, False]
    spoilt = pt.clone()
    spoilt[[1, 3]] = garbage
    logit, grads = gradients(network, batch_of(ct, pt, present))
    logit_spoilt, grads_spoilt = gradients(network, batch_of(ct, spoilt, present))
    assert torch.equal(logit, logit_spoilt)
    assert all(torch.equal(a, b) for a, b in zip(grads, grads_spoilt, strict=True))


def test_the_encoder_is_not_asked_about_absent_images() -> None:
    network = network_of(["ct", "pt"])
    crops = torch.rand(4, 2, 3, 3, 3)
    network(batch_of(crops, crops, [False, True, False, False]))
    network(batch_of(crops, crops, [False] * 4))
    asked = {image: encoder.asked for image, encoder in network.encoders.items()}
    assert asked == {"ct": 8, "pt": 1}


def test_absence_is_known_to_the_network() -> None:
    network = network_of(["ct", "pt"])
    crops = torch.zeros(1, 2, 3, 3, 3)
    for parameter in network.projections["pt"].parameters():
        nn.init.zeros_(parameter)
    with_image, without = (network(batch_of(crops, crops, [p])) for p in (True, False))
    assert not torch.equal(with_image, without)


def test_before_training_the_prediction_is_near_the_prevalence() -> None:
    network = network_of(["ct", "pt"], prevalence=0.2)
    last = network.head[-1]
    assert isinstance(last, nn.Linear)
    assert float(torch.sigmoid(last.bias).detach()) == pytest.approx(0.2)


def test_parts_cover_the_inputs_of_the_head_in_order() -> None:
    network = network_of(["ct", "pt"], n_columns=2)
    parts = network.parts(["clinical.age", "lab.cga"])
    assert list(parts) == ["ct", "pt", "clinical.age", "lab.cga"]
    positions = [i for part in parts.values() for i in range(part.start, part.stop)]
    first = network.head[0]
    assert isinstance(first, nn.Linear)
    assert positions == list(range(first.in_features))
    batch = Batch({}, {}, torch.tensor([[5.0, 7.0]]))
    alone = network_of([], n_columns=2)
    encoded = alone.encode(batch)
    parts = alone.parts(["clinical.age", "lab.cga"])
    assert encoded[0, parts["lab.cga"]].tolist() == [7.0]
