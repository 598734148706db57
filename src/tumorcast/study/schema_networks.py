"""What the study file says of crops and of the networks that see them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from tumorcast.cohort.declared import Declared


class CropSpec(Declared):
    """The cube around the tumour that a network sees.

    Parameters
    ----------
    spacing_mm, size_voxels
        Grid of the cube.
    window
        Values, in the unit of the image, that become 0 and 1.
    margin_mm
        Tissue farther from the tumour is blanked: 0 leaves the tumour alone. Without it the whole
        cube is seen.
    grid_of
        Image whose tumour the cube is centred on, so that the cubes of both have one grid.
    """

    spacing_mm: PositiveFloat
    size_voxels: PositiveInt
    window: tuple[float, float]
    margin_mm: Annotated[float, Field(ge=0)] | None = None
    grid_of: str | None = None


class EmbeddingSpec(Declared):
    """The features of a frozen encoder on an image's crop, as columns of the table.

    Parameters
    ----------
    encoder
        Name of the encoder; the columns are called ``ct.tumor.ENCODER_000`` and so on.
    weights, seed
        Path of a safetensors file with its card beside it, or the seed of random weights. Exactly
        one.
    regions
        ``tumor``, names from the study's `lesions`, and names of drawn regions: each is centred on.
    """

    encoder: str
    weights: str | None = None
    seed: int | None = None
    regions: tuple[str, ...] = Field(default=("tumor",), min_length=1)

    @model_validator(mode="after")
    def _one_kind_of_weights(self) -> EmbeddingSpec:
        if (self.weights is None) == (self.seed is None):
            raise ValueError("an embedding has exactly one of weights, seed")
        return self


class NetworkSpec(Declared):
    """The network of an arm: one encoder a crop, joined with the arm's blocks.

    Parameters
    ----------
    images
        Names of crops.
    encoder
        Name of the encoder of each.
    head
        How the features of the crops and the blocks of the table become one prediction.
    mask
        ``channel`` shows the network the tumour's mask beside the image; ``gate`` lets it weaken
        the image outside.
    join
        ``branches`` gives each image an encoder; ``channels`` puts all images, on one grid, into
        one.
    endpoint
        What the network learns: ``binary`` is the state at each horizon, the others are the times.
    max_epochs
        Length of training.
    batch_size
        Cases a step. More of them fill a GPU, and fewer steps are left in an epoch.
    augmentation
        ``light`` mirrors crops and changes their brightness and contrast; ``strong`` also turns,
        zooms and adds noise.
    precision
        What the network computes in; by rule ``bfloat16`` on a GPU that multiplies it, else
        ``float32``.
    devices
        GPUs that train one network together, or cores on a machine without a GPU.
    weights
        Safetensors file, with its card beside it, that the encoder of an image starts from, by
        image; the other encoders start from random weights.
    weights_rate
        Learning rate of the encoders with weights, in parts of that of encoders without: 0 keeps
        them as they are, 1 has them learn like the others.
    """

    images: tuple[str, ...] = Field(min_length=1)
    encoder: str
    head: str = "concatenation"
    mask: Literal["channel", "gate"] = "channel"
    join: Literal["branches", "channels"] = "branches"
    endpoint: str = "binary"
    max_epochs: PositiveInt | None = None
    batch_size: PositiveInt = 8
    augmentation: Literal["light", "strong"] = "light"
    precision: Literal["float32", "bfloat16"] | None = None
    devices: PositiveInt = 1
    weights: dict[str, str] = Field(default_factory=dict)
    weights_rate: Annotated[float, Field(ge=0, le=1)] | None = None

    @model_validator(mode="after")
    def _weights_have_a_place_and_a_rate(self) -> NetworkSpec:
        if bool(self.weights) != (self.weights_rate is not None):
            raise ValueError(
                "weights and weights_rate go together: 0 freezes the weights, 0.5 lets them learn "
                "at half the rate of encoders without weights, 1 like these"
            )
        strangers = sorted(set(self.weights) - set(self.images))
        if strangers:
            raise ValueError(f"weights of {', '.join(strangers)}, which is not among the images")
        if self.weights and self.join == "channels":
            raise ValueError("weights are of an encoder of one image: they need join: branches")
        return self
