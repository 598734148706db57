"""The network that joins what it knows of a case and gives one logit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from tumorcast.features import ColumnName
from tumorcast.fusion.batch import Batch
from tumorcast.fusion.fusion_head import FusionHead


class FusionNetwork(nn.Module):
    """One encoder an image, one block a source of the table, and a head that joins the blocks.

    Each block is some values and a flag that says whether the case has it. The encoder is not
    asked about absent images and the values of an absent block are zero, so nothing in its place
    can matter, neither in training nor after.

    Parameters
    ----------
    encoders
        By image name; each maps (batch, channel, z, y, x) to (batch, `n_features`).
    head
        Joins the blocks.
    n_features
        Length of an encoder's feature vector.
    columns
        Names of the numeric features from the table; those of one source are a block.
    prevalence
        Share of events, the prediction before any training.
    block_width
        Values that an image's features are projected to.
    """

    def __init__(
        self,
        encoders: Mapping[str, nn.Module],
        head: FusionHead,
        *,
        n_features: int,
        columns: Sequence[str],
        prevalence: float,
        block_width: int = 16,
    ) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict(encoders)
        self.projections = nn.ModuleDict(
            {image: nn.Linear(n_features, block_width) for image in encoders}
        )
        self.images = tuple(encoders)
        self.block_width = block_width
        self.columns = tuple(columns)
        self.sources = columns_by_source(columns)
        widths = [block_width] * len(encoders) + [len(own) for own in self.sources.values()]
        self.head = head.build(widths, [float(torch.logit(torch.tensor(prevalence)))])

    def encode(self, batch: Batch) -> Tensor:
        """Return the inputs of the head, shape (batch, input)."""
        images = [self.image_block(image, batch) for image in self.images]
        tables = [
            table_block(batch.columns[:, own], batch.known[:, number])
            for number, own in enumerate(self.sources.values())
        ]
        return torch.cat([*images, *tables], dim=1)

    def image_block(self, image: str, batch: Batch) -> Tensor:
        """Return an image's features and its presence flag, shape (batch, block + 1)."""
        present = batch.present[image]
        block = batch.columns.new_zeros(len(present), self.block_width + 1)
        if bool(present.any()):
            features = self.encoders[image](batch.crops[image][present])
            block[present, :-1] = self.projections[image](features).to(block.dtype)
        block[:, -1] = present.to(block.dtype)
        return block

    def parts(self) -> dict[str, slice]:
        """Return where each image and each column stands among the inputs of `head`."""
        block = self.block_width + 1
        parts = {image: slice(i * block, (i + 1) * block) for i, image in enumerate(self.images)}
        start = len(self.images) * block
        for own in self.sources.values():
            for place, column in enumerate(own):
                parts[self.columns[column]] = slice(start + place, start + place + 1)
            start += len(own) + 1
        return parts

    def forward(self, batch: Batch) -> Tensor:
        """Return the logit of the event, shape (batch,)."""
        logit: Tensor = self.head(self.encode(batch)).squeeze(1)
        return logit


def table_block(columns: Tensor, known: Tensor) -> Tensor:
    """Return a source's columns, zero where the case has none of it, and the presence flag."""
    values = torch.where(known[:, None], columns, torch.zeros_like(columns))
    return torch.cat([values, known[:, None].to(columns.dtype)], dim=1)


def columns_by_source(columns: Sequence[str]) -> dict[str, list[int]]:
    """Return the positions of the columns of each source (``clinical``, ``pt``, ...)."""
    positions: dict[str, list[int]] = {}
    for position, name in enumerate(columns):
        positions.setdefault(ColumnName.parse(name).source, []).append(position)
    return positions
