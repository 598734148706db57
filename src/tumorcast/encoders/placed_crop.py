"""Cubes at random places of the body, for scans on which nothing was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Case
from tumorcast.encoders.crop_extractor import CropExtractor
from tumorcast.imaging import Mask, prepare_pair
from tumorcast.imaging.body import body_mask


@dataclass(frozen=True)
class PlacedCrop:
    """The windowed image in a cube around a random voxel of the body, with an empty mask.

    In a CT the body is what is not room air; in any other image it is the whole image.

    Parameters
    ----------
    crop
        Size, spacing and window of the cube; its margin and other image do not count.
    place
        Number of the place; with the voxels of the scan it decides where that is.
    """

    crop: CropExtractor
    place: int

    @property
    def name(self) -> str:
        """Name of the stage."""
        return "placed crop"

    @property
    def version(self) -> str:
        """Changes when the same parameters give other values."""
        return f"1.{self.crop.version}"

    def parameters(self) -> Mapping[str, object]:
        """Return everything that determines the result beside the case."""
        return {**self.crop.parameters(), "place": self.place}

    def input_digest(self, case: Case) -> str:
        """Return a digest of the image."""
        return case.source(self.crop.image).digest()

    def extract(self, case: Case) -> NDArray[np.float16]:
        """Return the cube, shape (2, size, size, size): image in [0, 1], and zeros.

        Raises
        ------
        BadInputError
            As reading the image.
        """
        volume = case.source(self.crop.image).volume()
        body = np.flatnonzero(body_mask(volume).array)
        body = body if len(body) else np.arange(volume.array.size)
        of_scan = int(self.input_digest(case)[:16], 16)
        chosen = body[np.random.default_rng([of_scan, self.place]).integers(len(body))]
        spot = np.zeros(volume.array.shape, dtype=np.bool_)
        spot.flat[chosen] = True
        volume, centre = prepare_pair(volume, Mask(spot, volume.geometry))
        image = self.crop.windowed(volume, self.crop.grid(centre))
        return np.stack([image, np.zeros_like(image)]).astype(np.float16)
