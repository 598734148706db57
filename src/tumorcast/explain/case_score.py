"""The score of one case as a function of its crops, with everything else as it is."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from tumorcast.features import ModelInputs
from tumorcast.fusion.batch import Batch
from tumorcast.fusion.member import Member, network_data

if TYPE_CHECKING:
    from tumorcast.fusion.network import NetworkModel


class CaseScore(nn.Module):
    """The log-odds that an ensemble of networks gives a case, differentiable in its crops.

    Copies of the networks compute in double precision on the CPU, so that an attribution is not
    rounded away.

    Parameters
    ----------
    model
        Fitted.
    inputs
        One case that has an image; those that it lacks stay absent.
    """

    def __init__(self, model: NetworkModel, inputs: ModelInputs) -> None:
        super().__init__()
        if len(inputs) != 1:
            raise ValueError(f"one case at a time, not {len(inputs)}")
        self.model = model
        self.members: list[Member] = model.members_
        self.networks = [deepcopy(member.network).cpu().double().eval() for member in self.members]
        for network in self.networks:
            network.precision = "float32"  # rounds nothing down: no autocast
        self.parts = nn.ModuleList(self.networks)
        crops = inputs.crops
        self.images = tuple(image for image in model.images if crops[image].present[0])
        self.data = [
            network_data(inputs, model.images, member.preparation) for member in self.members
        ]
        first = np.zeros(1, dtype=np.int64)
        loaded = {
            image: torch.from_numpy(crops[image].load(first)).double() for image in model.images
        }
        self.crops = tuple(loaded[image] for image in self.images)
        self.absent = {image: loaded[image] for image in model.images if image not in self.images}

    def forward(self, *crops: Tensor) -> Tensor:
        """Map the crops of each image that is there, (n, channel, z, y, x), to log-odds, (n,)."""
        n = len(crops[0])
        given = dict(zip(self.images, crops, strict=True))
        blank = {image: crop.expand(n, -1, -1, -1, -1) for image, crop in self.absent.items()}
        scores = []
        for member, network, data in zip(self.members, self.networks, self.data, strict=True):
            batch = Batch(
                given | blank,
                {image: torch.full((n,), image in given) for image in self.model.images},
                torch.from_numpy(data.columns).double().expand(n, -1),
                torch.from_numpy(data.known).expand(n, -1),
            )
            scores.append(member.log_odds(network(batch)))
        calibration = self.model.calibration_
        return calibration.slope * torch.stack(scores).mean(dim=0) + calibration.intercept

    def shuffled(self, seed: int) -> CaseScore:
        """Return the same with the values of every tensor of parameters dealt out anew in it.

        Such a network has learned nothing but is as large in every layer as the one that has:
        the model-parameter randomisation of Adebayo et al. (NeurIPS 2018).
        """
        other = deepcopy(self)
        draw = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in other.parts.parameters():
                values = parameter.reshape(-1)
                order = torch.randperm(len(values), generator=draw)
                parameter.copy_(values[order].reshape(parameter.shape))
        return other
