"""A set of voxels on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging.geometry import Triple
from tumorcast.imaging.itk import array_of, geometry_of, image_of
from tumorcast.imaging.labels import foreground
from tumorcast.imaging.raster import Raster, bounding_box

if TYPE_CHECKING:
    import SimpleITK


@dataclass(frozen=True, eq=False)
class Mask(Raster):
    """A named region: True where a voxel's centre belongs to it.

    Parameters
    ----------
    array
        Booleans, shape (z, y, x). Not copied: do not write to it afterwards.
    geometry
        Where the voxels lie.
    name
        What was drawn.
    """

    array: NDArray[np.bool_]
    name: str = "tumor"

    def __post_init__(self) -> None:
        if np.asarray(self.array).dtype != np.bool_:
            raise TypeError(f"a mask of {np.asarray(self.array).dtype}: booleans are needed")
        super().__post_init__()

    @property
    def n_voxels(self) -> int:
        """Number of voxels in the region."""
        return int(np.count_nonzero(self.array))

    @property
    def volume_mm3(self) -> float:
        """Volume of the region: its voxels times the volume of one."""
        return self.n_voxels * self.geometry.voxel_volume_mm3

    def bounding_box(self) -> tuple[Triple, Triple]:
        """Return ``(start, stop)`` along (z, y, x) of the smallest box that holds the region.

        Raises
        ------
        ValueError
            When the mask is empty.
        """
        return bounding_box(self.array)

    def pad(self, before: Sequence[int], after: Sequence[int]) -> Self:
        """Return the mask with empty voxels added on each side, along (z, y, x)."""
        return self._padded(before, after, value=False)

    def to_sitk(self) -> SimpleITK.Image:
        """Return a SimpleITK image of 8-bit voxels: 1 in the region, 0 elsewhere."""
        image: SimpleITK.Image = image_of(self.array.view(np.uint8), self.geometry)
        return image

    @classmethod
    def from_sitk(
        cls,
        image: SimpleITK.Image,
        label: int | None = None,
        name: str = "tumor",
        *,
        threshold: float | None = None,
        findings: list[Finding] | None = None,
    ) -> Mask:
        """Return the region held by a SimpleITK label image.

        Parameters
        ----------
        image
            Labels, or probabilities with `threshold`.
        label
            The label to take; ``None`` takes the only one there is.
        name
            What was drawn.
        threshold
            For probabilities: voxels at or above it belong to the region.
        findings
            Receives what was repaired.

        Raises
        ------
        BadInputError
            As `foreground`; ``IMG-04`` and ``GEO-01`` as `Volume.from_sitk`.
        """
        array = foreground(array_of(image), label=label, threshold=threshold, findings=findings)
        return cls(array, geometry_of(image), name)

    def _label(self) -> str:
        return self.name
