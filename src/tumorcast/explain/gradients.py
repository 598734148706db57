"""Attribution maps of networks: integrated gradients and Grad-CAM, by captum."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tumorcast.explain.case_score import CaseScore

EDGES = (0.0, *(2.0**-power for power in range(10, -1, -1)))
"""Ends of the first pieces of the path. Normalisation makes a network change fast near an empty
crop, so the pieces are the shorter the nearer they are to it."""

POINTS = 8
"""Gauss-Legendre points of a piece."""

MAX_PIECES = 100
"""Most pieces; a network that is still not followed well enough has incomplete maps."""

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
    steps
        Points of the path.
    """

    maps: dict[str, ImageMap]
    change: float
    gap: float
    steps: int

    @property
    def complete(self) -> bool:
        """Whether the parts add up well enough."""
        return abs(self.gap) <= COMPLETE * abs(self.change)


def integrated_gradients(score: CaseScore, max_pieces: int | None = None) -> Integrated:
    """Return what every voxel adds on the way from empty crops to those of the case.

    Sundararajan et al., ICML 2017. What a piece of the path must add up to is known, so the piece
    that misses it most is halved until the whole adds up. An empty crop has the window's lower end
    everywhere and nothing drawn; where all images share one encoder the drawing stays, because
    without it that encoder takes an image for absent.

    Parameters
    ----------
    max_pieces
        Most pieces of the path, by default `MAX_PIECES`.
    """
    path = _Path(score)
    pieces = [path.piece(*ends) for ends in pairwise(EDGES)]
    change = path.score_at(1.0) - path.score_at(0.0)
    most = MAX_PIECES if max_pieces is None else max_pieces
    while len(pieces) < most:
        if abs(sum(piece.gap for piece in pieces)) <= COMPLETE * abs(change):
            break
        worst = max(pieces, key=lambda piece: abs(piece.gap))
        middle = (worst.start + worst.stop) / 2
        pieces.remove(worst)
        pieces += [path.piece(worst.start, middle), path.piece(middle, worst.stop)]
    parts = [torch.stack(same).sum(dim=0) for same in zip(*(p.parts for p in pieces), strict=True)]
    maps = {
        image: ImageMap(*_image_and_mask(part))
        for image, part in zip(score.images, parts, strict=True)
    }
    gap = sum(float(one.image.sum() + one.mask.sum()) for one in maps.values()) - change
    return Integrated(maps, change, gap, POINTS * len(pieces))


@dataclass(frozen=True, eq=False)
class _Piece:
    """The parts that are gained between two places of the path, and by how much they miss."""

    start: float
    stop: float
    parts: tuple[Tensor, ...]
    gap: float


class _Path:
    """The straight path from empty crops to those of a case."""

    def __init__(self, score: CaseScore) -> None:
        from captum.attr import IntegratedGradients  # noqa: PLC0415

        self.score = score
        self.method = IntegratedGradients(score)
        self.empty = tuple(torch.zeros_like(crop) for crop in score.crops)
        if score.model.join == "channels":
            for blank, crop in zip(self.empty, score.crops, strict=True):
                blank[:, 1:] = crop[:, 1:]

    def at(self, place: float) -> tuple[Tensor, ...]:
        """Return the crops at a place of the path, from 0 to 1."""
        pairs = zip(self.empty, self.score.crops, strict=True)
        return tuple(blank + place * (crop - blank) for blank, crop in pairs)

    def score_at(self, place: float) -> float:
        """Return the score at a place."""
        with torch.no_grad():
            return float(self.score(*self.at(place)))

    def piece(self, start: float, stop: float) -> _Piece:
        """Return the integrated gradients between two places."""
        parts = self.method.attribute(
            self.at(stop),
            self.at(start),
            n_steps=POINTS,
            method="gausslegendre",
            internal_batch_size=POINTS,
        )
        change = self.score_at(stop) - self.score_at(start)
        return _Piece(start, stop, parts, sum(float(part.sum()) for part in parts) - change)


def _image_and_mask(part: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    array = part.detach().numpy()[0]
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
