"""The weights that a study starts from: whether they fit, and whether they saw its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tumorcast.cohort import Cohort, ImageFacts
from tumorcast.encoders import ENCODERS, SeenCase, Weights, WeightsCard, channels_seen
from tumorcast.encoders.embedding import CROP_CHANNELS
from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.study.load import Study
from tumorcast.study.networks import crop_extractor
from tumorcast.study.schema import Arm
from tumorcast.study.schema_networks import NetworkSpec

_NAMED = 8


def weights_of(study: Study, arm: Arm) -> dict[str, Weights]:
    """Return what the encoders of an arm start from, by image.

    Raises
    ------
    StudyRefusedError
        ``WGT-01`` as `Weights.read`.
    """
    declared = arm.network.weights if arm.network else {}
    return {image: Weights.read(study.base / path) for image, path in declared.items()}


def weights_findings(study: Study, arms: Mapping[str, Arm]) -> Iterator[Finding]:
    """Yield why weights of an arm's network cannot be loaded: ``WGT-01`` to ``WGT-04``."""
    for arm in arms.values():
        network = arm.network
        if network is None or network.encoder not in ENCODERS:
            continue
        for image in network.weights:
            if image in study.file.crops:
                yield from _unfit(study, network, image)


def _unfit(study: Study, network: NetworkSpec, image: str) -> Iterator[Finding]:
    crop = crop_extractor(image, study.file.crops[image])
    channels = channels_seen(network.encoder, 1 if network.mask == "gate" else CROP_CHANNELS)
    try:
        weights = Weights.read(study.base / network.weights[image])
        weights.card.require_input(network.encoder, crop, channels)
        weights.load_into(ENCODERS[network.encoder].build(channels, crop.size_voxels))
    except StudyRefusedError as error:
        yield from error.findings


def cards_of(study: Study, arms: Mapping[str, Arm]) -> dict[str, WeightsCard]:
    """Return the cards of all weights that the study uses, by where it names them."""
    cards = {
        f"embeddings.{image}": WeightsCard.read(study.base / spec.weights)
        for image, spec in study.file.embeddings.items()
        if spec.weights is not None
    }
    for name, arm in arms.items():
        for image, weights in weights_of(study, arm).items():
            cards[f"arms.{name}.network.weights.{image}"] = weights.card
    return cards


def described(cards: Mapping[str, WeightsCard]) -> dict[str, Any]:
    """Return what the plan says of the weights, by where the study names them."""
    return {
        where: {
            "name": card.name,
            "source": card.source,
            "licence": card.licence,
            "sha256": card.sha256,
            "n_cases": len(card.cases),
        }
        for where, card in cards.items()
    }


def seen_in_pretraining(
    cards: Mapping[str, WeightsCard],
    cohort: Cohort,
    images: Mapping[str, Sequence[ImageFacts]],
    *,
    allowed: bool,
) -> Iterator[Finding]:
    """Refuse, or warn when it is allowed, that weights have seen cases which are to be tested.

    ``WGT-05``. Pretraining has not seen their outcome, but their voxels, which those of a new
    patient would not have been.

    Parameters
    ----------
    cohort, images
        The cases that are to be tested, and facts about the images of each.
    """
    told: set[str] = set()
    for where, card in cards.items():
        by_voxels, by_id = shared_cases(card.cases, cohort, images)
        both = [*by_voxels, *by_id]
        if not both or card.sha256 in told:
            continue
        told.add(card.sha256)
        shown = ", ".join(both[:_NAMED]) + (" and others" if len(both) > _NAMED else "")
        yield Finding(
            "WGT-05",
            "warning" if allowed else "refused",
            f"the weights '{card.name}' of {where} were pretrained on {len(both)} of the "
            f"{len(cohort)} cases that are tested ({len(by_voxels)} told by the voxels, "
            f"{len(by_id)} by the id alone): {shown}",
            "weights that have seen no case that is tested",
            "pretrain them again with --leave-out and this study file, or take other weights; to "
            "use them all the same, which the report will say, set allow_pretrained_on_test: true",
        )


def shared_cases(
    seen: Sequence[SeenCase], cohort: Cohort, images: Mapping[str, Sequence[ImageFacts]]
) -> tuple[list[str], list[str]]:
    """Return the cases of a cohort whose voxels were seen, and those of which only an id was.

    An id is that of the case or of the patient: another scan of a patient is no new patient.
    """
    voxels = {one.voxels for one in seen}
    ids = {name for one in seen for name in (one.case, one.patient) if name}
    by_voxels, by_id = [], []
    for case in cohort:
        if any(facts.voxels in voxels for facts in images.get(case.case_id, ())):
            by_voxels.append(case.case_id)
        elif ids & {case.case_id, case.patient_id}:
            by_id.append(case.case_id)
    return by_voxels, by_id
