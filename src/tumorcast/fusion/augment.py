"""Augmentation of crops: draw the parameters, then apply them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tumorcast.fusion.turn import turned, turns

Strength = Literal["light", "strong"]

MAX_SHIFT = 0.05
"""Largest shift of the windowed image, whose values lie in [0, 1]."""
MAX_SCALE = 0.1
"""Largest relative change of the windowed image's contrast."""
MAX_NOISE = 0.05
"""Largest standard deviation of the noise that is added to the windowed image."""
TURNED, ZOOMED, NOISY = 0.3, 0.3, 0.3
"""Shares of the crops that strong augmentation turns, zooms and adds noise to."""


@dataclass(frozen=True)
class Augmentation:
    """The random part of an augmentation, one row a case.

    Parameters
    ----------
    flip
        Whether to mirror along (z, y, x), shape (n, 3); all images of a case alike.
    scale, shift
        Factor and summand of the image channel, by image name, shape (n,).
    turn
        Where in a crop the voxels of the augmented one come from, shape (n, 3, 3): a matrix on
        (z, y, x) from the centre; all images of a case alike. ``None`` turns nothing.
    noise
        Standard deviation of normal noise on the image channel, by image name, shape (n,).
    noise_seed
        Of that noise, by image name.
    first
        Where the cases here begin among those that `noise` is of.
    """

    flip: NDArray[np.bool_]
    scale: Mapping[str, NDArray[np.float32]]
    shift: Mapping[str, NDArray[np.float32]]
    turn: NDArray[np.float32] | None = None
    noise: Mapping[str, NDArray[np.float32]] | None = None
    noise_seed: Mapping[str, int] | None = None
    first: int = 0

    @classmethod
    def draw(
        cls, rng: np.random.Generator, n: int, images: Sequence[str], strength: Strength = "light"
    ) -> Augmentation:
        """Sample the parameters for `n` cases.

        Parameters
        ----------
        strength
            ``light`` mirrors every axis of one half of the crops and changes brightness and
            contrast of all; ``strong`` also turns, zooms and adds noise to some.
        """

        def uniform(radius: float) -> NDArray[np.float32]:
            return rng.uniform(-radius, radius, n).astype(np.float32)

        flip = rng.random((n, 3)) < 0.5
        scale = {image: 1 + uniform(MAX_SCALE) for image in images}
        shift = {image: uniform(MAX_SHIFT) for image in images}
        if strength == "light":
            return cls(flip, scale, shift)
        turn = turns(rng, n, share_turned=TURNED, share_zoomed=ZOOMED)
        noise = {image: np.abs(uniform(MAX_NOISE)) * (rng.random(n) < NOISY) for image in images}
        seeds = {image: int(rng.integers(2**31)) for image in images}
        return cls(flip, scale, shift, turn, noise, seeds)

    def of(self, part: slice) -> Augmentation:
        """Return what was drawn for some of the cases; noise is that which all would have."""
        return replace(
            self,
            flip=self.flip[part],
            scale={image: values[part] for image, values in self.scale.items()},
            shift={image: values[part] for image, values in self.shift.items()},
            turn=None if self.turn is None else self.turn[part],
            first=part.start,
        )

    def apply(self, crops: Tensor, image: str) -> Tensor:
        """Return the augmented crops of one image, float32, on the same device.

        Parameters
        ----------
        crops
            Shape (n, channel, z, y, x); channel 0 is the image, the others are masks, which are
            mirrored and turned only.
        """
        augmented = torch.empty(crops.shape, dtype=torch.float32, device=crops.device)
        moved = self._moved()
        self._mirror(crops, ~moved, augmented)
        if moved.any():
            self._turn(crops, moved, augmented)
        augmented[:, 0] *= self._per_crop(self.scale[image], crops)
        augmented[:, 0] += self._per_crop(self.shift[image], crops)
        if self.noise is not None and self.noise_seed is not None:
            self._add_noise(augmented, self.noise[image], self.noise_seed[image])
        return augmented

    def _moved(self) -> NDArray[np.bool_]:
        """Return which crops are turned or zoomed, shape (n,)."""
        if self.turn is None:
            return np.zeros(len(self.flip), dtype=bool)
        return np.asarray(np.any(self.turn != np.eye(3, dtype=np.float32), axis=(1, 2)))

    def _mirror(self, crops: Tensor, chosen: NDArray[np.bool_], result: Tensor) -> None:
        """Mirror the chosen crops; those with the same axes go together."""
        for axes in np.unique(self.flip[chosen], axis=0):
            alike = np.flatnonzero((self.flip == axes).all(axis=1) & chosen)
            index = torch.from_numpy(alike).to(crops.device)
            result[index] = crops[index].flip((np.flatnonzero(axes) + 2).tolist()).float()

    def _turn(self, crops: Tensor, chosen: NDArray[np.bool_], result: Tensor) -> None:
        """Mirror and turn the chosen crops in one step."""
        index = torch.from_numpy(np.flatnonzero(chosen)).to(crops.device)
        sign = np.where(self.flip[chosen], np.float32(-1), np.float32(1))
        matrices = sign[:, :, None] * self.turn[chosen]  # type: ignore[index]
        moving = torch.from_numpy(matrices).to(crops.device)
        result[index] = turned(crops[index].float(), moving)

    def _add_noise(self, crops: Tensor, spread: NDArray[np.float32], seed: int) -> None:
        own = spread[self.first : self.first + len(crops)]
        noisy = np.flatnonzero(own)
        if len(noisy):
            index = torch.from_numpy(noisy).to(crops.device)
            generator = torch.Generator(crops.device).manual_seed(seed)
            shape = (np.count_nonzero(spread), *crops.shape[2:])
            before = np.count_nonzero(spread[: self.first])
            noise = torch.randn(shape, generator=generator, device=crops.device)[before:]
            crops[index, 0] += noise[: len(noisy)] * self._per_crop(own[noisy], crops)

    @staticmethod
    def _per_crop(values: NDArray[np.float32], crops: Tensor) -> Tensor:
        return torch.from_numpy(values).to(crops.device)[:, None, None, None]
