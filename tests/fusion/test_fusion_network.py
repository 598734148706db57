"""The network that joins images and columns, and what an absent block may do to it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from tumorcast.fusion.batch import Batch
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.heads import FUSION_HEADS


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


COLUMNS = ("clinical.age", "lab.cga")


def network_of(
    images: list[str],
    columns: tuple[str, ...] = COLUMNS,
    start: Sequence[float] = (0.0,),
    head: str = "concatenation",
) -> FusionNetwork:
    torch.manual_seed(0)
    network = FusionNetwork(
        {image: Averages() for image in images},
        FUSION_HEADS[head],
        branches={image: (image,) for image in images},
        n_features=2,
        columns=columns,
        start=start,
    )
    if network.head.slope is not None:
        nn.init.normal_(network.head.slope)
    return network.eval()


def batch_of(
    ct: Tensor, pt: Tensor, pt_present: list[bool], columns: Tensor | None = None
) -> Batch:
    present = {"ct": torch.ones(len(ct), dtype=torch.bool), "pt": torch.tensor(pt_present)}
    if columns is None:
        columns = torch.arange(2.0 * len(ct)).view(-1, 2)
    known = torch.stack([torch.ones(len(ct), dtype=torch.bool), torch.tensor(pt_present)], dim=1)
    return Batch({"ct": ct, "pt": pt}, present, columns, known)


def gradients(network: FusionNetwork, batch: Batch) -> tuple[Tensor, list[Tensor]]:
    network.zero_grad()
    torch.manual_seed(0)
    logit = network(batch)
    logit.square().sum().backward()
    grads = [p.grad.clone() for p in network.parameters() if p.grad is not None]
    return logit.detach(), grads


@pytest.mark.parametrize("head", FUSION_HEADS)
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("garbage", [0.0, 1e6, math.nan, math.inf])
def test_what_stands_in_place_of_an_absent_block_cannot_matter(
    head: str, training: bool, garbage: float
) -> None:
    """Cases 1 and 3 have neither the second image nor the laboratory values."""
    network = network_of(["ct", "pt"], head=head).train(training)
    ct, pt, columns = torch.rand(4, 2, 3, 3, 3), torch.rand(4, 2, 3, 3, 3), torch.rand(4, 2)
    present = [True, False, True, False]
    spoilt, spoilt_columns = pt.clone(), columns.clone()
    spoilt[[1, 3]] = garbage
    spoilt_columns[[1, 3], 1] = garbage
    logit, grads = gradients(network, batch_of(ct, pt, present, columns))
    others = batch_of(ct, spoilt, present, spoilt_columns)
    logit_spoilt, grads_spoilt = gradients(network, others)
    assert torch.equal(logit, logit_spoilt)
    assert len(grads) == len(grads_spoilt) == len(list(network.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(grads, grads_spoilt, strict=True))


def test_the_encoder_is_not_asked_about_absent_images() -> None:
    network = network_of(["ct", "pt"])
    crops = torch.rand(4, 2, 3, 3, 3)
    network(batch_of(crops, crops, [False, True, False, False]))
    network(batch_of(crops, crops, [False] * 4))
    asked = {image: encoder.asked for image, encoder in network.encoders.items()}
    assert asked == {"ct": 8, "pt": 1}


@pytest.mark.parametrize("head", FUSION_HEADS)
def test_absence_is_known_to_the_network(head: str) -> None:
    network = network_of(["ct", "pt"], head=head)
    crops, columns = torch.zeros(1, 2, 3, 3, 3), torch.zeros(1, 2)
    for parameter in network.projections["pt"].parameters():
        nn.init.zeros_(parameter)
    with_block, without = (
        network(batch_of(crops, crops, [present], columns)) for present in (True, False)
    )
    assert not torch.equal(with_block, without)


def test_before_training_the_outputs_are_near_the_start() -> None:
    network = network_of(["ct", "pt"], start=[math.log(0.2 / 0.8), 3.0])
    crops = torch.zeros(1, 2, 3, 3, 3)
    output = network(batch_of(crops, crops, [False], torch.zeros(1, 2))).detach()
    assert output.shape == (1, 2)
    assert float(torch.sigmoid(output[0, 0])) == pytest.approx(0.2, abs=0.1)
    assert float(output[0, 1]) == pytest.approx(3.0, abs=1.0)


def test_parts_name_every_image_and_column_and_leave_out_the_flags_of_the_table() -> None:
    columns = ("clinical.age", "lab.cga", "clinical.sex=M")
    network = network_of(["ct", "pt"], columns)
    parts = network.parts()
    assert list(parts) == ["ct", "pt", "clinical.age", "clinical.sex=M", "lab.cga"]
    values = torch.tensor([[5.0, 7.0, 1.0]])
    known = torch.tensor([[True, True]])
    absent = torch.tensor([False])
    encoded = network.encode(Batch({}, {"ct": absent, "pt": absent}, values, known))
    assert {name: encoded[0, parts[name]].tolist() for name in columns} == {
        "clinical.age": [5.0],
        "lab.cga": [7.0],
        "clinical.sex=M": [1.0],
    }
    named = {i for part in parts.values() for i in range(part.start, part.stop)}
    flags = set(range(encoded.shape[1])) - named
    assert encoded[0, sorted(flags)].tolist() == [1.0, 1.0]
