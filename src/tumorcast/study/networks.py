"""What must hold between the crops of a study and the networks that see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tumorcast.cohort.lesions import MERGES, TUMOR
from tumorcast.encoders import (
    ENCODERS,
    PUBLISHED,
    CropExtractor,
    EmbeddingExtractor,
    FrozenEncoder,
    WeightsCard,
    channels_seen,
)
from tumorcast.encoders.embedding import CROP_CHANNELS
from tumorcast.encoders.encoder import require_size
from tumorcast.encoders.published import require_one_image
from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.study.load import Study
from tumorcast.study.schema import Arm, LesionSpec, StudyFile
from tumorcast.study.schema_networks import CropSpec


def network_findings(file: StudyFile, arms: Mapping[str, Arm]) -> Iterator[Finding]:
    """Judge crops and networks.

    ``ENC-01`` crops that the encoder of an arm cannot take; ``ENC-02`` several images for one that
    takes one; ``PLN-04`` a crop that goes by another
    image's tumour where that is no union; ``PLN-08`` images as channels of one encoder whose crops
    are not on one grid.
    """
    tumor = file.lesions.get(TUMOR, LesionSpec()).aggregate
    merge = next((name for name in tumor if name in MERGES), "union")
    for image, crop in file.crops.items():
        if crop.grid_of is not None and merge != "union":
            yield Finding(
                "PLN-04",
                "refused",
                f"crops.{image}.grid_of goes by the union of the lesions, "
                f"but lesions.tumor.aggregate is {', '.join(tumor)}",
                "union before other ways to make one mask",
                "put union first in lesions.tumor.aggregate, or leave out `grid_of`",
            )
    for name, arm in arms.items():
        network = arm.network
        if network is None:
            continue
        for image in network.images:
            if image in file.crops and network.encoder in ENCODERS:
                yield from _unfit_size(network.encoder, file.crops[image])
        if network.join != "channels":
            continue
        if network.encoder in PUBLISHED:
            yield from _several_images(network.encoder, len(network.images))
        grids = {_grid(image, file.crops[image]) for image in network.images if image in file.crops}
        if len(grids) > 1:
            yield Finding(
                "PLN-08",
                "refused",
                f"arms.{name}.network joins {', '.join(network.images)} as channels, but their "
                "crops lie on different grids",
                "equal size_voxels and spacing_mm, and one image whose tumour all go by",
                f"give the crops one size and spacing and all but the first "
                f"`grid_of: {network.images[0]}`, or join: branches",
            )


def require_devices(arms: Mapping[str, Arm]) -> None:
    """Refuse to train networks on more devices than there are.

    Raises
    ------
    StudyRefusedError
        ``TRN-03``.
    """
    asked = max((arm.network.devices for arm in arms.values() if arm.network), default=1)
    if asked > 1:
        from tumorcast.fusion import team  # noqa: PLC0415  (torch is heavy)

        team.require_devices(asked)


def embedding_findings(study: Study) -> Iterator[Finding]:
    """Yield why a frozen encoder cannot take its crops, or its weights cannot be loaded."""
    for image, spec in study.file.embeddings.items():
        if image in study.file.crops and spec.encoder in ENCODERS:
            crop = study.file.crops[image]
            yield from _unfit_size(spec.encoder, crop)
            try:
                frozen = embedding_extractor(study, image).encoder
                if frozen.weights is not None:
                    frozen.network(crop.size_voxels)
            except StudyRefusedError as error:
                yield from error.findings


def crop_extractor(image: str, crop: CropSpec) -> CropExtractor:
    """Return the extractor of an image's crops."""
    return CropExtractor(
        image,
        size_voxels=crop.size_voxels,
        spacing_mm=crop.spacing_mm,
        window=crop.window,
        margin_mm=crop.margin_mm,
        grid_of=crop.grid_of,
    )


def embedding_extractor(study: Study, image: str) -> EmbeddingExtractor:
    """Return the extractor of an image's embedding.

    Raises
    ------
    StudyRefusedError
        ``WGT-01`` and ``WGT-03`` when the weights have no card or expect another input.
    """
    spec = study.file.embeddings[image]
    crop = crop_extractor(image, study.file.crops[image])
    if spec.weights is None:
        frozen = FrozenEncoder(spec.encoder, ENCODERS[spec.encoder], seed=spec.seed)
    else:
        path = study.base / spec.weights
        card = WeightsCard.read(path)
        card.require_input(spec.encoder, crop, channels_seen(spec.encoder, CROP_CHANNELS))
        frozen = FrozenEncoder(spec.encoder, ENCODERS[spec.encoder], weights=path, card=card)
    return EmbeddingExtractor(crop, frozen)


def _unfit_size(encoder: str, crop: CropSpec) -> Iterator[Finding]:
    try:
        require_size(ENCODERS[encoder], crop.size_voxels)
    except StudyRefusedError as error:
        yield from error.findings


def _several_images(encoder: str, n_images: int) -> Iterator[Finding]:
    try:
        require_one_image(ENCODERS[encoder], CROP_CHANNELS * n_images)
    except StudyRefusedError as error:
        yield from error.findings


def _grid(image: str, crop: CropSpec) -> tuple[object, ...]:
    return crop.size_voxels, crop.spacing_mm, crop.grid_of or image
