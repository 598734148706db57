"""Light augmentation of crops: draw the parameters, then apply them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_SHIFT = 0.05
"""Largest shift of the windowed image, whose values lie in [0, 1]."""
MAX_SCALE = 0.1
"""Largest relative change of the windowed image's contrast."""


@dataclass(frozen=True)
class Augmentation:
    """The random part of an augmentation, one row a case.

    Parameters
    ----------
    flip
        Whether to mirror along (z, y, x), shape (n, 3); all images of a case alike.
    scale, shift
        Factor and summand of the image channel, by image name, shape (n,).
    """

    flip: NDArray[np.bool_]
    scale: Mapping[str, NDArray[np.float32]]
    shift: Mapping[str, NDArray[np.float32]]

    @classmethod
    def draw(cls, rng: np.random.Generator, n: int, images: Sequence[str]) -> Augmentation:
        """Sample the parameters for `n` cases."""

        def uniform(radius: float) -> NDArray[np.float32]:
            return rng.uniform(-radius, radius, n).astype(np.float32)

        flip = rng.random((n, 3)) < 0.5
        scale = {image: 1 + uniform(MAX_SCALE) for image in images}
        shift = {image: uniform(MAX_SHIFT) for image in images}
        return cls(flip, scale, shift)

    def apply(self, crops: NDArray[np.float32], image: str) -> NDArray[np.float32]:
        """Return the augmented crops of one image.

        Parameters
        ----------
        crops
            Shape (n, channel, z, y, x); channel 0 is the image, the others are masks, which are
            mirrored only.
        """
        augmented = np.stack(
            [
                np.flip(crop, axis=tuple(np.flatnonzero(mirrored) + 1))
                for crop, mirrored in zip(crops, self.flip, strict=True)
            ]
        )
        augmented[:, 0] *= self.scale[image][:, None, None, None]
        augmented[:, 0] += self.shift[image][:, None, None, None]
        return augmented
