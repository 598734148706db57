"""The attribution maps of one case, each beside the maps of networks that know nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.explain.case_score import CaseScore
from tumorcast.explain.gradients import Integrated, grad_cam, integrated_gradients
from tumorcast.explain.sanity import Sanity, similarity
from tumorcast.features import ModelInputs
from tumorcast.fusion.network import NetworkModel
from tumorcast.validation import FoldTask, OutcomeModel, fit_fold, permuted

INTEGRATED, GRAD_CAM = "integrated_gradients", "grad_cam"


@dataclass(frozen=True)
class VoxelMap:
    """What one method says of the voxels of one crop.

    Parameters
    ----------
    image
        Name of the image.
    method
        `INTEGRATED` or `GRAD_CAM`.
    values
        On the grid of the crop, shape (z, y, x).
    mask_share
        Share of the drawn mask in the size of the parts of image and mask; 0 for Grad-CAM, which
        does not tell them apart.
    sanity
        The tests.
    """

    image: str
    method: str
    values: NDArray[np.float64]
    mask_share: float
    sanity: Sanity


@dataclass(frozen=True)
class CaseMaps:
    """The maps of one case.

    Parameters
    ----------
    case
        Its id.
    crops
        The windowed image in the crop, by image, shape (z, y, x).
    maps
        Of every image that the case has, by every method that the encoder allows.
    change, gap, scatter, steps, complete
        Of the integrated gradients; see `Integrated`.
    """

    case: str
    crops: Mapping[str, NDArray[np.float32]]
    maps: tuple[VoxelMap, ...]
    change: float
    gap: float
    scatter: float
    steps: int
    complete: bool


def maps_of_fold(
    model: OutcomeModel,
    task: FoldTask,
    inputs: ModelInputs,
    outcome: Outcome,
    cases: Sequence[str],
) -> tuple[CaseMaps, ...]:
    """Return the maps of some test cases of a fold, as its fitted network sees them.

    A second model learns as the first did, with as many epochs, from outcomes dealt out anew among
    the patients: the label randomisation of Adebayo et al. (NeurIPS 2018). A case without any image
    has no maps.
    """
    dealt = permuted(outcome, task.seed, inputs.groups)
    ignorant = fit_fold(task, inputs, dealt).model
    place = {case: row for row, case in enumerate(inputs.case_ids)}
    networks = _as_network(model), _as_network(ignorant)
    crops = [inputs.crops[image] for image in networks[0].images]
    rows = [place[case] for case in cases]
    return tuple(
        _case_maps(*networks, inputs.rows(np.array([row])), task.seed)
        for row in rows
        if any(block.present[row] for block in crops)
    )


def _as_network(model: OutcomeModel) -> NetworkModel:
    if not isinstance(model, NetworkModel):
        raise TypeError(f"only networks have maps, not a {type(model).__name__}")
    return model


def _case_maps(
    model: NetworkModel, ignorant: NetworkModel, inputs: ModelInputs, seed: int
) -> CaseMaps:
    score = CaseScore(model, inputs)
    others = (score.shuffled(seed), CaseScore(ignorant, inputs))
    whole = integrated_gradients(score)
    integrated = (whole, *(integrated_gradients(other, max_pieces=0) for other in others))
    cams = [grad_cam(one) for one in (score, *others)]
    crops = {
        image: crop[0, 0].float().numpy()
        for image, crop in zip(score.images, score.crops, strict=True)
    }
    maps = []
    for image, crop in crops.items():
        where = crop > 0
        parts = [one.maps[image].image for one in integrated]
        sanity = _sanity(parts, where)
        maps.append(VoxelMap(image, INTEGRATED, parts[0], _mask_share(whole, image), sanity))
        if all(image in cam for cam in cams):
            seen = [cam[image] for cam in cams]
            maps.append(VoxelMap(image, GRAD_CAM, seen[0], 0.0, _sanity(seen, where)))
    case = inputs.case_ids[0]
    gap = (whole.change, whole.gap, whole.scatter, whole.steps, whole.complete)
    return CaseMaps(case, crops, tuple(maps), *gap)


def _sanity(maps: Sequence[NDArray[np.float64]], where: NDArray[np.bool_]) -> Sanity:
    own, shuffled, ignorant = maps
    return Sanity(similarity(own, shuffled, where), similarity(own, ignorant, where))


def _mask_share(whole: Integrated, image: str) -> float:
    size = np.abs(whole.maps[image].mask).sum()
    total = size + np.abs(whole.maps[image].image).sum()
    return float(size / total) if total > 0 else 0.0
