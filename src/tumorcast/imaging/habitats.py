"""Habitats: sub-regions of a tumour whose voxels and their surroundings look alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import BadInputError, refuse
from tumorcast.imaging.clusters import ordered_clusters
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.raster import bounding_box, box
from tumorcast.imaging.regions import Region, RegionMask, Union
from tumorcast.imaging.volume import Volume

REACH_MM = 4.0
"""From a voxel to the sides of the box over which it is described, at least one voxel. It evens out
the noise of CT, whose voxels measure 1 mm, and leaves PET, whose voxels measure 4 mm, as it is."""
SMALLEST = 27
"""Voxels of the smallest habitat: as many as the smallest box has."""
MOST = 9


@dataclass(frozen=True)
class Habitat:
    """One of the sub-regions into which a tumour falls by the look of its voxels.

    Each voxel is described by mean and standard deviation of the intensities within 4 mm along
    each axis that belong to the tumour, both in the unit of the image, so that texture counts as
    far as it is as large as the differences between tissues; `ordered_clusters` groups the voxels
    of this tumour alone.

    Number 1 is the darkest habitat of every case and the last the brightest, so a number can be
    compared between patients; the boundaries between habitats differ from patient to patient.
    Boundaries shared by all would have to be learned from many patients, within each fold, and
    are not: a habitat is a function of one case and leaks nothing.

    Parameters
    ----------
    number
        From 1, the habitat of lowest mean intensity.
    of
        Into how many habitats the tumour is divided, 2 to 9.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        whole = all(isinstance(n, int) for n in (self.number, self.of))
        if not (whole and 2 <= self.of <= MOST and 1 <= self.number <= self.of):
            raise refuse(
                "REG-02",
                f"habitat {self.number} of {self.of}",
                expected=f"a number from 1 to that of habitats, which are 2 to {MOST}",
                fix="write the first of three habitats as habitat: [1, 3]",
            )

    @property
    def name(self) -> str:
        """Such as ``"habitat_1_of_3"``."""
        return f"habitat_{self.number}_of_{self.of}"

    def build(self, tumor: Mask, image: Volume) -> RegionMask:
        """Return the habitat; nothing is clipped.

        Raises
        ------
        BadInputError
            ``REG-05`` when it has fewer than 27 voxels.
        """
        labels = habitat_labels(tumor, image, self.of)
        array = labels == self.number
        found = int(np.count_nonzero(array))
        if found < SMALLEST:
            raise BadInputError(
                "REG-05",
                f"habitat {self.number} of {self.of} has {found} of the tumour's "
                f"{tumor.n_voxels} voxels",
                expected=f"at least {SMALLEST} voxels",
                fix="ask for fewer habitats, or keep this one missing for this patient",
            )
        return RegionMask(Mask(array, tumor.geometry, self.name), 1.0)


def habitat_labels(tumor: Mask, image: Volume, of: int) -> NDArray[np.uint8]:
    """Return the number of each voxel's habitat, 0 outside the tumour; shape (z, y, x).

    Parameters
    ----------
    tumor, image
        On one grid.
    of
        How many habitats are sought; see `Habitat`.
    """
    limits = box(*bounding_box(tumor.array))
    inside = tumor.array[limits]
    values = image.array[limits].astype(np.float64)
    reach = [max(1, round(REACH_MM / step_mm)) for step_mm in image.geometry.spacing_mm]
    mean, deviation = local_statistics(values, inside, reach)
    features = np.column_stack([mean, deviation])
    labels = np.zeros(tumor.array.shape, np.uint8)
    part = labels[limits]
    part[inside] = ordered_clusters(features, values[inside], of)
    return labels


def local_statistics(
    values: NDArray[np.float64], inside: NDArray[np.bool_], reach: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation around each voxel, over its neighbours in the region.

    Parameters
    ----------
    values, inside
        Intensities and region, shape (z, y, x).
    reach
        Voxels on either side of a voxel, along (z, y, x).

    Returns
    -------
    Two arrays of shape (n,), for the voxels of the region in the order of the array. For one
    reach along all axes they are PyRadiomics' voxel-based Mean and the root of its Variance.
    """
    from scipy.ndimage import uniform_filter  # noqa: PLC0415

    # Squares of what lies near zero lose fewer digits in the difference below.
    centred = np.where(inside, values - values[inside].mean(), 0.0)
    parts = (inside.astype(np.float64), centred, centred**2)
    sides = [2 * voxels + 1 for voxels in reach]
    count, total, squares = (uniform_filter(p, sides, mode="constant")[inside] for p in parts)
    mean = total / count
    variance = np.maximum(squares / count - mean**2, 0.0)
    return mean + values[inside].mean(), np.sqrt(variance)


def is_sub_region(region: Region) -> bool:
    """Tell whether a region is a habitat, whatever its name: a part of the tumour with a share."""
    if isinstance(region, Union):
        return all(is_sub_region(part) for part in region.regions)
    return isinstance(region, Habitat)
