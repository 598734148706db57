"""Learning the scale of a network's features from the rows that it learns from."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.train import batches_of


def learn_scales(network: FusionNetwork, data: NetworkData, rows: NDArray[np.int64]) -> None:
    """Have the features of each encoder scaled by what they are for these rows.

    An encoder whose images fewer than two of the rows have stays as it is.
    """
    device = next(network.parameters()).device
    found: dict[str, list[Tensor]] = {name: [] for name in network.branches}
    network.eval()
    with torch.no_grad():
        for batch in batches_of(data, rows, device):
            for name, features in found.items():
                if bool(network.image_present(name, batch).any()):
                    features.append(network.features(name, batch))
    for name, features in found.items():
        if sum(map(len, features)) > 1:
            network.scales[name].learn(torch.cat(features))  # type: ignore[operator]
