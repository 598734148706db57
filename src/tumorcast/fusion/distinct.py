"""Rows that share crops: every distinct crop goes through its encoder once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.fusion_network import FusionNetwork
from tumorcast.fusion.train import batches_of


def shares_crops(network: FusionNetwork, data: NetworkData) -> bool:
    """Return whether some rows have the same crops, all of which are there."""
    whole = np.all([data.crops[image].present for image in network.images], axis=0)
    keys = _keys(data, network.images)[whole]
    return len(np.unique(keys, axis=0)) < len(keys)


def predict_distinct(network: FusionNetwork, data: NetworkData) -> Tensor:
    """Return what the network puts out for all rows, shape (n, outputs), on the CPU."""
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode():
        blocks = [
            _image_block(network, block, replace(data, crops={i: data.crops[i] for i in images}))
            for block, images in network.branches.items()
        ]
        columns = torch.from_numpy(data.columns).to(device)
        tables = network.table_blocks(columns, torch.from_numpy(data.known).to(device))
        output: Tensor = network.head(torch.cat([*blocks, *tables], dim=1))
    return output.double().cpu()


def _image_block(network: FusionNetwork, block: str, data: NetworkData) -> Tensor:
    keys = _keys(data, tuple(data.crops))
    _, first, again = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    device = next(network.parameters()).device
    distinct = [network.image_block(block, batch) for batch in batches_of(data, first, device)]
    return torch.cat(distinct)[torch.from_numpy(again.reshape(-1)).to(device)]


def _keys(data: NetworkData, images: tuple[str, ...]) -> NDArray[np.int64]:
    """Return for each row which crops it has, -1 where absent, shape (n, image)."""
    blocks = [data.crops[image] for image in images]
    return np.stack([np.where(block.present, block.row, -1) for block in blocks], axis=1)
