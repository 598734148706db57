"""An image: an array, where its voxels lie, and what their values measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from tumorcast.imaging.itk import array_of, geometry_of, image_of
from tumorcast.imaging.raster import Raster
from tumorcast.imaging.unit import Unit

if TYPE_CHECKING:
    import SimpleITK


@dataclass(frozen=True, eq=False)
class Volume(Raster):
    """A scalar image.

    Parameters
    ----------
    array
        Numbers, shape (z, y, x), in the type in which they are stored. Not copied: do not write
        to it afterwards.
    geometry
        Where the voxels lie.
    unit
        What the values measure.
    """

    unit: Unit = "arbitrary"

    def __post_init__(self) -> None:
        if np.asarray(self.array).dtype.kind not in "iuf":
            raise TypeError(f"an image of {np.asarray(self.array).dtype}: numbers are needed")
        super().__post_init__()

    def pad(self, before: Sequence[int], after: Sequence[int], *, value: float) -> Self:
        """Return the image with voxels of `value` added on each side, along (z, y, x)."""
        return self._padded(before, after, value)

    def to_sitk(self) -> SimpleITK.Image:
        """Return a SimpleITK image of the same voxel type."""
        image: SimpleITK.Image = image_of(self.array, self.geometry)
        return image

    @classmethod
    def from_sitk(cls, image: SimpleITK.Image, unit: Unit = "arbitrary") -> Volume:
        """Return the image held by SimpleITK, in the array order in which it is stored.

        Raises
        ------
        BadInputError
            ``IMG-04`` when it is not a scalar image in three dimensions; ``GEO-01`` when its axes
            are not orthogonal.
        """
        return cls(array_of(image), geometry_of(image), unit)

    def _label(self) -> str:
        return self.unit
