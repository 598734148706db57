"""Attribution maps of networks: integrated gradients and Grad-CAM, by captum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tumorcast.explain.case_score import CaseScore

EDGES = (0.0, *(2.0**-power for power in range(10, -1, -1)))
"""Ends of the pieces of the path. Normalisation makes a network change fast near an empty crop, so
the pieces are the shorter the nearer they are to it."""

POINTS = (4, 8, 16, 32)
"""Points of each piece, more where fewer do not add up."""

COMPLETE = 1e-4
"""The parts must add up to the change of the score this well, in parts of that change."""

_AT_ONCE = 8


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


def integrated_gradients(score: CaseScore, points: Sequence[int] = POINTS) -> Integrated:
    """Return what every voxel adds on the way from empty crops to those of the case.

    Sundararajan et al., ICML 2017; Gauss-Legendre points on each piece of the path. An empty crop
    has the window's lower end everywhere and nothing drawn; where all images share one encoder the
    drawing stays, because without it that encoder takes an image for absent.

    Parameters
    ----------
    points
        Points of each piece, tried one after the other until the parts add up.
    """
    from captum.attr import IntegratedGradients  # noqa: PLC0415

    empty = tuple(torch.zeros_like(crop) for crop in score.crops)
    if score.model.join == "channels":
        for blank, crop in zip(empty, score.crops, strict=True):
            blank[:, 1:] = crop[:, 1:]
    with torch.no_grad():
        change = float(score(*score.crops) - score(*empty))
    method = IntegratedGradients(score)
    found: Integrated | None = None
    for each in points:
        maps = {
            image: ImageMap(*_image_and_mask(part))
            for image, part in zip(
                score.images, _along_the_path(method, score.crops, empty, each), strict=True
            )
        }
        gap = sum(float(one.image.sum() + one.mask.sum()) for one in maps.values()) - change
        found = Integrated(maps, change, gap, each * (len(EDGES) - 1))
        if found.complete:
            break
    assert found is not None  # noqa: S101  (there are steps)
    return found


def _along_the_path(
    method: Any, crops: tuple[Tensor, ...], empty: tuple[Tensor, ...], points: int
) -> tuple[Tensor, ...]:
    """Return the sum of the parts of all pieces: the integral over the whole straight path."""
    ends = [
        tuple(blank + edge * (crop - blank) for blank, crop in zip(empty, crops, strict=True))
        for edge in EDGES
    ]
    pieces = [
        method.attribute(
            stop, start, n_steps=points, method="gausslegendre", internal_batch_size=_AT_ONCE
        )
        for start, stop in pairwise(ends)
    ]
    return tuple(torch.stack(parts).sum(dim=0) for parts in zip(*pieces, strict=True))


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
