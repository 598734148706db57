"""Attribution maps of networks: integrated gradients and Grad-CAM, by captum."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from time import monotonic

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tumorcast.explain.case_score import CaseScore
from tumorcast.explain.path import EDGES, POINTS, Path

MAX_PIECES = 500
"""Most pieces of the path; each keeps its parts of all voxels until the whole is known."""

MAX_SECONDS = 300.0
"""Longest time for one case. A network that is not followed well enough by then, or with the most
pieces, has incomplete maps."""

COMPLETE = 1e-4
"""The parts must add up to the change of the score this well, in parts of that change."""


@dataclass(frozen=True)
class ImageMap:
    """What the voxels of one crop add to the score.

    Parameters
    ----------
    image, mask
        Part of each voxel of the image, and of the drawn mask; shape (z, y, x).
    """

    image: NDArray[np.float64]
    mask: NDArray[np.float64]


@dataclass(frozen=True)
class Integrated:
    """Integrated gradients of one case.

    Parameters
    ----------
    maps
        By image.
    change
        Score of the case less that of empty crops.
    gap
        Sum of all parts less `change`.
    scatter
        Sum of the sizes of the pieces' gaps, which in `gap` cancel in part.
    steps
        Points of the path.
    """

    maps: dict[str, ImageMap]
    change: float
    gap: float
    scatter: float
    steps: int

    @property
    def complete(self) -> bool:
        """Whether the parts add up well enough."""
        return abs(self.gap) <= COMPLETE * abs(self.change)


def integrated_gradients(score: CaseScore, max_pieces: int | None = None) -> Integrated:
    """Return what every voxel adds on the way from empty crops to those of the case.

    Sundararajan et al., ICML 2017. What a piece of the path must add up to is known, so the pieces
    that miss it most, an eighth of all at a time, are halved until the whole adds up.

    Parameters
    ----------
    max_pieces
        Most pieces of the path, by default `MAX_PIECES`.
    """
    path, started = Path(score), monotonic()
    pieces = list(path.pieces(list(pairwise(EDGES))))
    most = MAX_PIECES if max_pieces is None else max_pieces
    while len(pieces) < most and monotonic() - started < MAX_SECONDS:
        if abs(sum(piece.gap for piece in pieces)) <= COMPLETE * abs(path.change):
            break
        pieces.sort(key=lambda piece: abs(piece.gap), reverse=True)
        n_worst = min(max(1, len(pieces) // 8), most - len(pieces))
        ends = [half for piece in pieces[:n_worst] for half in piece.halves()]
        pieces = [*pieces[n_worst:], *path.pieces(ends)]
    parts = [torch.stack(same).sum(dim=0) for same in zip(*(p.parts for p in pieces), strict=True)]
    maps = {
        image: ImageMap(*_image_and_mask(part))
        for image, part in zip(score.images, parts, strict=True)
    }
    gap = sum(float(one.image.sum() + one.mask.sum()) for one in maps.values()) - path.change
    scatter = sum(abs(piece.gap) for piece in pieces)
    return Integrated(maps, path.change, gap, scatter, POINTS * len(pieces))


def _image_and_mask(part: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    array = part.numpy()
    return array[0], array[1:].sum(axis=0)


def grad_cam(score: CaseScore) -> dict[str, NDArray[np.float64]]:
    """Return, by image, where the last layers that know of places see what raises the risk.

    Grad-CAM (Selvaraju et al., ICCV 2017) of each network of the ensemble, brought to the crop's
    grid linearly, and their mean. An image whose encoder keeps no places, such as a vision
    transformer's mean token, has no map; so has one that the case lacks.
    """
    from captum.attr import LayerAttribution, LayerGradCam  # noqa: PLC0415

    maps: dict[str, list[Tensor]] = {}
    for network in score.networks:
        for block, of_block in network.branches.items():
            images = [image for image in of_block if image in score.images]
            if not images:
                continue
            layer = last_spatial_layer(score, network.encoders[block])
            if layer is None:
                continue
            coarse = LayerGradCam(score, layer).attribute(score.crops, relu_attributions=True)
            side = score.crops[0].shape[2:]
            fine = LayerAttribution.interpolate(coarse, tuple(side), "trilinear")
            for image in images:
                maps.setdefault(image, []).append(fine.detach())
    return {image: torch.stack(found).mean(dim=0)[0, 0].numpy() for image, found in maps.items()}


def last_spatial_layer(score: CaseScore, encoder: nn.Module) -> nn.Module | None:
    """Return the last module whose output still has a grid, if it comes late in the encoder."""
    seen: list[tuple[nn.Module, bool]] = []

    def note(module: nn.Module, _inputs: object, output: object) -> None:
        shape = output.shape if isinstance(output, Tensor) else ()
        cube = len(shape) == 5 and shape[2] == shape[3] == shape[4] and shape[4] > 1
        seen.append((module, cube))

    hooks = [module.register_forward_hook(note) for module in encoder.modules()]
    with torch.no_grad():
        score(*score.crops)
    for hook in hooks:
        hook.remove()
    places = [number for number, (_, cube) in enumerate(seen) if cube]
    if not places or places[-1] < len(seen) / 2:
        return None
    return seen[places[-1]][0]
