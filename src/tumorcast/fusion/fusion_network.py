"""The network that joins what it knows of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from tumorcast.encoders.precision import Precision, computing_in
from tumorcast.features import ColumnName
from tumorcast.fusion.batch import Batch
from tumorcast.fusion.feature_scale import FeatureScale
from tumorcast.fusion.fusion_head import FusionHead
from tumorcast.fusion.line import BesideLine


class FusionNetwork(nn.Module):
    """One encoder an image, one block a source of the table, a head that joins them, and a line.

    Each block is some values and a flag that says whether the case has it. The encoder is not
    asked about absent images and the values of an absent block are zero, so nothing in its place
    can matter, neither in training nor after.

    Parameters
    ----------
    encoders
        By block; each maps (batch, channel, z, y, x) to (batch, `n_features`).
    branches
        Images of each encoder, by block, whose channels it gets one after the other. Those of an
        absent one are zero, unless all are absent.
    head
        Joins the blocks.
    n_features
        Length of an encoder's feature vector.
    columns
        Names of the numeric features from the table; those of one source are a block.
    start
        The outputs before any training, one for each output of the endpoint.
    block_width
        Values that an image's features are projected to.
    precision
        Of the encoders. What comes after them, from the scale of their features to the outputs,
        costs nothing beside them and is computed in full: in bfloat16 a log-odds would have three
        digits, and a feature that differs little between patients none.
    """

    def __init__(
        self,
        encoders: Mapping[str, nn.Module],
        head: FusionHead,
        *,
        branches: Mapping[str, tuple[str, ...]],
        n_features: int,
        columns: Sequence[str],
        start: Sequence[float],
        block_width: int = 16,
        precision: Precision = "float32",
    ) -> None:
        super().__init__()
        self.precision = precision
        self.encoders = nn.ModuleDict(encoders)
        self.scales = nn.ModuleDict({block: FeatureScale(n_features) for block in encoders})
        self.projections = nn.ModuleDict(
            {block: nn.Linear(n_features, block_width) for block in encoders}
        )
        self.branches = dict(branches)
        self.images = tuple(image for images in branches.values() for image in images)
        self.block_width = block_width
        self.columns = tuple(columns)
        self.sources = columns_by_source(columns)
        widths = [block_width] * len(encoders) + [len(own) for own in self.sources.values()]
        places = [at.start for name, at in self.parts().items() if name not in self.branches]
        self.head = BesideLine(head.build(widths, list(start)), places, len(start))

    def encode(self, batch: Batch) -> Tensor:
        """Return the inputs of the head, shape (batch, input)."""
        images = [self.image_block(block, batch) for block in self.branches]
        return torch.cat([*images, *self.table_blocks(batch.columns, batch.known)], dim=1)

    def table_blocks(self, columns: Tensor, known: Tensor) -> list[Tensor]:
        """Return each source's columns and its presence flag, shape (batch, own + 1)."""
        return [
            table_block(columns[:, own], known[:, number])
            for number, own in enumerate(self.sources.values())
        ]

    def image_block(self, name: str, batch: Batch) -> Tensor:
        """Return an encoder's features and the presence flag, shape (batch, block + 1)."""
        present = self.image_present(name, batch)
        block = batch.columns.new_zeros(len(present), self.block_width + 1)
        if bool(present.any()):
            features = self.scales[name](self.features(name, batch))
            block[present, :-1] = self.projections[name](features)
        block[:, -1] = present.to(block.dtype)
        return block

    def image_present(self, name: str, batch: Batch) -> Tensor:
        """Return whether the case has any image of an encoder, shape (batch,)."""
        return torch.stack([batch.present[image] for image in self.branches[name]]).any(dim=0)

    def features(self, name: str, batch: Batch) -> Tensor:
        """Return an encoder's features of the cases that have its images, shape (k, feature)."""
        present = self.image_present(name, batch)
        crops = [present_crops(batch, image) for image in self.branches[name]]
        together = torch.cat(crops, dim=1) if len(crops) > 1 else crops[0]
        with computing_in(self.precision, together.device):
            features: Tensor = self.encoders[name](
                together if bool(present.all()) else together[present]
            )
        return features.to(batch.columns.dtype)

    def parts(self) -> dict[str, slice]:
        """Return where each encoder and each column stands among the inputs of `head`."""
        block = self.block_width + 1
        parts = {name: slice(i * block, (i + 1) * block) for i, name in enumerate(self.branches)}
        start = len(self.branches) * block
        for own in self.sources.values():
            for place, column in enumerate(own):
                parts[self.columns[column]] = slice(start + place, start + place + 1)
            start += len(own) + 1
        return parts

    def extra_repr(self) -> str:
        """Return what decides a training beside the modules."""
        return f"precision={self.precision}"

    def forward(self, batch: Batch) -> Tensor:
        """Return what the endpoint asks for, shape (batch, outputs)."""
        output: Tensor = self.head(self.encode(batch))
        return output


def present_crops(batch: Batch, image: str) -> Tensor:
    """Return an image's crops, zero where the case lacks it."""
    crops, present = batch.crops[image], batch.present[image]
    if bool(present.all()):
        return crops
    return torch.where(present[:, None, None, None, None], crops, torch.zeros_like(crops))


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
