"""Networks whose weights others have published, built as those weights need them.

They are frozen encoders or starting points. They see the image alone, never the drawn mask, and
have batch normalisation with the published statistics, which do not change any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from tumorcast.encoders.encoder import Encoder, require_size
from tumorcast.errors import refuse

if TYPE_CHECKING:
    from torch import nn

LEVELS = 2
"""Mean and standard deviation of a crop, beside the features of a network that takes them away."""
MOST_CHANNELS = 2
"""One image, and its mask, which is not looked at."""


@dataclass(frozen=True)
class Publication:
    """What is known of published weights.

    Parameters
    ----------
    source
        Paper, where the weights are to be had, and what they were trained on.
    licence
        Under which they may be used.
    spacing_mm, window
        The input that they were trained on; ``None`` where the publication leaves it open, or
        trained on voxels that are no cubes.
    size_voxels
        Side of a crop, unless another is asked for: none of these networks depends on it.
    prefixes
        What may stand before the names of the encoder's tensors.
    others
        Patterns for the names, without prefix, of tensors that are no part of the encoder.
    renamed
        Parts of names that are written otherwise here.
    """

    source: str
    licence: str
    spacing_mm: float | None
    window: tuple[float, float] | None
    size_voxels: int
    prefixes: tuple[str, ...] = ("",)
    others: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


MEDICALNET = Publication(
    source="MedicalNet, Chen et al., Med3D, arXiv 1904.00625; github.com/Tencent/MedicalNet and "
    "huggingface.co/TencentMedicalNet; trained to segment 23 data sets of CT and MR, which are "
    "not named one by one",
    licence="MIT",
    spacing_mm=None,
    window=None,
    size_voxels=64,
    prefixes=("module.", ""),
    others=("conv_seg.*", "fc.*"),
)
SWIN_SSL = Publication(
    source="Swin UNETR, Tang et al., CVPR 2022, arXiv 2111.14791; github.com/Project-MONAI/"
    "MONAI-extra-test-data, release 0.8.1, model_swinvit.pt; pretrained without labels on LUNA16, "
    "TCIA Covid-19, HNSCC, TCIA Colon and LIDC",
    licence="Apache-2.0",
    spacing_mm=None,
    window=(-1000.0, 1000.0),
    size_voxels=96,
    prefixes=("module.", "module.swin_vit.", "swin_vit.", "swinViT.", "module.swinViT.", ""),
    others=("rotation_*", "contrastive_*", "conv.*", "encoder*", "decoder*", "out.*"),
    renamed=((".mlp.fc1.", ".mlp.linear1."), (".mlp.fc2.", ".mlp.linear2.")),
)
CT_FM = Publication(
    source="CT-FM, Pai et al., arXiv 2501.09001; huggingface.co/project-lighter/"
    "ct_fm_feature_extractor; pretrained without labels on 148,000 CT scans of the Imaging Data "
    "Commons, with voxels of 3 x 1 x 1 mm",
    licence="Apache-2.0",
    spacing_mm=None,
    window=(-1024.0, 2048.0),
    size_voxels=48,
    prefixes=("", "encoder.", "model.", "model.encoder.", "backbone.", "model.backbone."),
    others=("up_layers.*", "head*"),
)
FMCIB = Publication(
    source="FMCIB, Pai et al., Nature Machine Intelligence 2024, doi 10.1038/s42256-024-00807-9; "
    "github.com/AIM-Harvard/foundation-cancer-image-biomarker and zenodo.org/records/10528450; "
    "pretrained without labels on the lesions of DeepLesion",
    licence="MIT",
    spacing_mm=1.0,
    window=(-1024.0, 3072.0),
    size_voxels=50,
    prefixes=("", "trunk.", "model.trunk.", "model.backbone.", "model.", "module."),
    others=("fc.*", "heads.*"),
)


class OfOneImage(Encoder, Protocol):
    """An encoder that sees the first channel of a crop and nothing else."""

    def network(self) -> nn.Module:
        """Return a freshly initialised network."""

    def build(
        self,
        in_channels: int,
        crop_size: int,
        n_masks: int | None = None,  # noqa: ARG002
    ) -> nn.Module:
        """Return a freshly initialised network; see `Encoder.build`.

        Raises
        ------
        StudyRefusedError
            ``ENC-02`` for more than one image with its mask; as `Encoder.build`.
        """
        require_one_image(self, in_channels)
        require_size(self, crop_size)
        return self.network()


@dataclass(frozen=True)
class MedicalNet(OfOneImage):
    """The residual networks of MedicalNet (Chen et al., 2019).

    The third and fourth stage keep the grid and dilate their kernels, by 2 and 4. The crop is
    brought to mean 0 and standard deviation 1, as MedicalNet does with a volume, so both stand
    beside the features.

    Parameters
    ----------
    depth
        10, 18 or 34 (basic blocks), or 50 (bottlenecks).
    learning_rate
        Peak of the schedule.
    """

    depth: Literal[10, 18, 34, 50]
    learning_rate: float = 5e-4
    publication: Publication = field(default=MEDICALNET, repr=False)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return (2048 if self.depth == 50 else 512) + LEVELS

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return 8

    def network(self) -> nn.Module:
        """Return a freshly initialised network."""
        from tumorcast.encoders.published_modules import medicalnet  # noqa: PLC0415

        return medicalnet(self.depth)


@dataclass(frozen=True)
class SwinSSL(OfOneImage):
    """The Swin Transformer of Swin UNETR, pretrained without labels (Tang et al., 2022).

    The features are the mean token of each of the four stages, normalised as in Swin UNETR.
    """

    embedding: int = 48
    learning_rate: float = 3e-4
    publication: Publication = field(default=SWIN_SSL, repr=False)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return self.embedding * (2 + 4 + 8 + 16)

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return 16

    def network(self) -> nn.Module:
        """Return a freshly initialised network."""
        from tumorcast.encoders.published_modules import swin_ssl  # noqa: PLC0415

        return swin_ssl(self.embedding)


@dataclass(frozen=True)
class CTFM(OfOneImage):
    """The encoder of CT-FM (Pai et al., 2025): SegResNet's, its last map averaged over space."""

    filters: int = 32
    learning_rate: float = 5e-4
    publication: Publication = field(default=CT_FM, repr=False)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return 16 * self.filters

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return 16

    def network(self) -> nn.Module:
        """Return a freshly initialised network."""
        from tumorcast.encoders.published_modules import ct_fm  # noqa: PLC0415

        return ct_fm(self.filters)


@dataclass(frozen=True)
class Fmcib(OfOneImage):
    """The residual network of FMCIB (Pai et al., 2024): ResNet-50 of twice the width."""

    widen: float = 2
    learning_rate: float = 5e-4
    publication: Publication = field(default=FMCIB, repr=False)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return int(2048 * self.widen)

    @property
    def size_multiple(self) -> int:
        """Crops must measure a multiple of this many voxels along each side."""
        return 2

    def network(self) -> nn.Module:
        """Return a freshly initialised network."""
        from tumorcast.encoders.published_modules import fmcib  # noqa: PLC0415

        return fmcib(self.widen)


PublishedEncoder = MedicalNet | SwinSSL | CTFM | Fmcib

PUBLISHED: dict[str, PublishedEncoder] = {
    "medicalnet_resnet10": MedicalNet(10),
    "medicalnet_resnet18": MedicalNet(18),
    "medicalnet_resnet34": MedicalNet(34),
    "medicalnet_resnet50": MedicalNet(50),
    "swin_ssl": SwinSSL(),
    "ct_fm": CTFM(),
    "fmcib": Fmcib(),
}
"""Encoders whose weights others have published, by name."""


def channels_seen(encoder: str, in_channels: int) -> int:
    """Return how many channels of a crop an encoder looks at."""
    return 1 if encoder in PUBLISHED else in_channels


def require_one_image(encoder: Encoder, in_channels: int) -> None:
    """Refuse several images as channels of a published network, with ``ENC-02``."""
    if in_channels > MOST_CHANNELS:
        raise refuse(
            "ENC-02",
            f"{in_channels} channels for {encoder}, whose weights are of one image",
            expected="one image, with or without its mask",
            fix="set join: branches, or take another encoder",
        )
