"""The network that joins what it knows of a case and gives one logit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from tumorcast.fusion.batch import Batch


class ConcatenationNetwork(nn.Module):
    """One encoder an image, all features side by side, fully connected layers, a logit.

    Each image gives a block of features and a flag that says whether the case has it. Where it has
    not, the block is zero and the encoder is not asked, so nothing in the place of the absent crop
    can matter; the flag's weights learn what absence itself means.

    Parameters
    ----------
    encoders
        By image name; each maps (batch, channel, z, y, x) to (batch, `n_features`).
    n_features
        Length of an encoder's feature vector.
    n_columns
        Number of numeric features from the table.
    prevalence
        Share of events, the prediction before any training.
    """

    def __init__(
        self,
        encoders: Mapping[str, nn.Module],
        *,
        n_features: int,
        n_columns: int,
        prevalence: float,
        width: int = 32,
        block_width: int = 16,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict(encoders)
        self.projections = nn.ModuleDict(
            {image: nn.Linear(n_features, block_width) for image in encoders}
        )
        self.images = tuple(encoders)
        self.block_width = block_width
        n_inputs = len(encoders) * (block_width + 1) + n_columns
        last = nn.Linear(width, 1)
        nn.init.constant_(last.bias, float(torch.logit(torch.tensor(prevalence))))
        self.head = nn.Sequential(nn.Linear(n_inputs, width), nn.GELU(), nn.Dropout(dropout), last)

    def encode(self, batch: Batch) -> Tensor:
        """Return the inputs of the fully connected layers, shape (batch, input)."""
        parts = [self.image_block(image, batch) for image in self.images]
        return torch.cat([*parts, batch.columns], dim=1)

    def image_block(self, image: str, batch: Batch) -> Tensor:
        """Return an image's features and its presence flag, shape (batch, block + 1)."""
        present = batch.present[image]
        block = batch.columns.new_zeros(len(present), self.block_width + 1)
        if bool(present.any()):
            features = self.encoders[image](batch.crops[image][present])
            block[present, :-1] = self.projections[image](features).to(block.dtype)
        block[:, -1] = present.to(block.dtype)
        return block

    def parts(self, columns: Sequence[str]) -> dict[str, slice]:
        """Return where each image and each column stands among the inputs of `head`."""
        block = self.block_width + 1
        parts = {image: slice(i * block, (i + 1) * block) for i, image in enumerate(self.images)}
        first = len(self.images) * block
        return parts | {name: slice(first + i, first + i + 1) for i, name in enumerate(columns)}

    def forward(self, batch: Batch) -> Tensor:
        """Return the logit of the event, shape (batch,)."""
        logit: Tensor = self.head(self.encode(batch)).squeeze(1)
        return logit
