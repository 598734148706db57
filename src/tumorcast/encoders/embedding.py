"""Features of a frozen encoder: one vector a case, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tumorcast.cohort import Case
from tumorcast.encoders.crop_extractor import CropExtractor
from tumorcast.encoders.encoder import Encoder
from tumorcast.encoders.weights import WeightsCard, load_weights

if TYPE_CHECKING:
    from torch import nn

CROP_CHANNELS = 2
"""Image and mask."""


@dataclass(frozen=True)
class FrozenEncoder:
    """An encoder whose weights stay as they are.

    Parameters
    ----------
    name
        What columns call it.
    architecture
        The encoder.
    seed
        Of random weights, without `weights`. Random networks are a baseline: what they find is in
        the architecture alone.
    weights, card
        A safetensors file and what is known of it.
    """

    name: str
    architecture: Encoder
    seed: int | None = None
    weights: Path | None = None
    card: WeightsCard | None = None

    def __post_init__(self) -> None:
        if (self.seed is None) == (self.weights is None):
            raise ValueError("a frozen encoder has either a seed or weights")
        if (self.weights is None) != (self.card is None):
            raise ValueError("weights come with their card")

    @property
    def identity(self) -> dict[str, object]:
        """What decides the features beside the crop, as plain JSON."""
        of_weights = self.card.sha256 if self.card else f"random, seed {self.seed}"
        return {"encoder": repr(self.architecture), "weights": of_weights}

    def network(self, size_voxels: int) -> nn.Module:
        """Return the network, in evaluation mode.

        Raises
        ------
        StudyRefusedError
            ``ENC-01`` when it cannot take crops of this size; and as `load_weights`.
        """
        import torch  # noqa: PLC0415

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed or 0)
            network = self.architecture.build(CROP_CHANNELS, size_voxels)
        if self.weights is not None and self.card is not None:
            load_weights(network, self.weights, self.card)
        return network.eval().requires_grad_(False)


@dataclass(frozen=True)
class EmbeddingExtractor:
    """The features that a frozen encoder has of a case's crop, as columns.

    The encoder learns nothing from the case, so the columns may be computed before the split and
    kept, as radiomics are. The columns are called ``ct.tumor.resnet18_017``.

    Parameters
    ----------
    crop
        What the encoder sees.
    encoder
        Computes the features.
    """

    crop: CropExtractor
    encoder: FrozenEncoder

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "embedding"

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""
        return f"2.{self.crop.version}"

    def parameters(self) -> Mapping[str, object]:
        """Return everything that determines the result beside the case."""
        return {"crop": self.crop.parameters(), "name": self.encoder.name, **self.encoder.identity}

    def input_digest(self, case: Case) -> str:
        """Return a digest of image and mask."""
        return self.crop.input_digest(case)

    def extract(self, case: Case) -> Mapping[str, float]:
        """Return the features by column.

        Raises
        ------
        BadInputError
            As `CropExtractor.extract`.
        """
        import torch  # noqa: PLC0415

        crop = torch.from_numpy(self.crop.extract(case).astype(np.float32))
        network = _built(self.encoder, self.crop.size_voxels)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with torch.inference_mode():
                features = network(crop[None])[0].double().tolist()
        finally:
            torch.set_num_threads(threads)
        digits = max(3, len(str(len(features) - 1)))
        start = f"{self.crop.image}.tumor.{self.encoder.name}"
        return {f"{start}_{number:0{digits}d}": value for number, value in enumerate(features)}


@lru_cache(maxsize=4)
def _built(encoder: FrozenEncoder, size_voxels: int) -> nn.Module:
    """Build each network once a process."""
    return encoder.network(size_voxels)
