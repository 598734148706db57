"""One trained network with the table steps that feed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tumorcast.features import ColumnName, FeatureTable, ModelInputs
from tumorcast.fusion.batch import NetworkData
from tumorcast.fusion.distinct import predict_distinct, shares_crops
from tumorcast.fusion.endpoint import Endpoint
from tumorcast.fusion.fusion_network import FusionNetwork, columns_by_source
from tumorcast.fusion.preparation import Preparation
from tumorcast.fusion.train import batches_of, predict

_SURE = 1e-9


@dataclass(frozen=True)
class Member:
    """A network of an ensemble.

    Parameters
    ----------
    preparation
        Fitted table steps.
    network
        Trained network.
    endpoint
        What the network's outputs mean.
    horizon_days
        Days by which the event is asked for.
    """

    preparation: Preparation
    network: FusionNetwork
    endpoint: Endpoint
    horizon_days: float

    def score(self, inputs: ModelInputs) -> NDArray[np.float64]:
        """Return the log-odds of each case's event by the horizon, shape (n,)."""
        data = network_data(inputs, self.network.images, self.preparation)
        if shares_crops(self.network, data):
            output = predict_distinct(self.network, data)
        else:
            output = predict(self.network, data, np.arange(len(inputs)))
        return np.asarray(self.log_odds(output).numpy())

    def log_odds(self, output: Tensor) -> Tensor:
        """Return the log-odds of the event by the horizon from the outputs of the network, (n,)."""
        return torch.logit(self.endpoint.incidence(output.double(), self.horizon_days), _SURE)

    def importance(self, inputs: ModelInputs) -> dict[str, float]:
        """Return how much the score of these cases rests on each image and each column.

        The mean absolute change of the log-odds when the image's features, or the column, are
        replaced by their mean over the cases.
        """
        data = network_data(inputs, self.network.images, self.preparation)
        rows = np.arange(len(inputs))
        device = next(self.network.parameters()).device
        self.network.eval()
        with torch.inference_mode():
            batches = batches_of(data, rows, device)
            encoded = torch.cat([self.network.encode(batch) for batch in batches])
            score = self.log_odds(self.network.head(encoded).cpu())
            change = {}
            for name, part in self.network.parts().items():
                ablated = encoded.clone()
                ablated[:, part] = encoded[:, part].mean(dim=0)
                other = self.log_odds(self.network.head(ablated).cpu())
                change[name] = float((other - score).abs().mean())
        return change

    def state(self) -> Mapping[str, NDArray[np.generic]]:
        """Return what the table steps, the network and the endpoint have learned."""
        weights = self.network.state_dict().items()
        arrays = {f"network/{name}": value.cpu().numpy() for name, value in weights}
        endpoint = {f"endpoint/{name}": value for name, value in self.endpoint.state().items()}
        return {**self.preparation.state(), **arrays, **endpoint}


def network_data(
    inputs: ModelInputs, images: Sequence[str], preparation: Preparation
) -> NetworkData:
    """Return the crops of these images and the prepared columns."""
    table = preparation.transform(inputs.table)
    columns = table.frame.to_numpy(dtype=np.float32).reshape(len(inputs), -1)
    known = known_sources(
        inputs.table.select(preparation.blocks), list(columns_by_source(table.columns))
    )
    return NetworkData({image: inputs.crops[image] for image in images}, columns, known)


def known_sources(table: FeatureTable, sources: Sequence[str]) -> NDArray[np.bool_]:
    """Return whether each case has any value of each source, shape (n, source)."""
    given = table.frame.notna().to_numpy(dtype=bool)
    source_of = np.array([ColumnName.parse(name).source for name in table.columns], dtype=np.str_)
    known = [given[:, source_of == source].any(axis=1) for source in sources]
    return np.stack(known, axis=1) if known else np.zeros((len(table), 0), dtype=bool)
