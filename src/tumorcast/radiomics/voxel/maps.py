"""Feature maps as a value: one number a feature and voxel of the region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.imaging import Geometry, Mask, Volume


@dataclass(frozen=True, eq=False)
class VoxelMaps(Mapping[str, Volume]):
    """Maps by PyRadiomics' name; each becomes an image when it is asked for.

    Parameters
    ----------
    numbers
        The numbers of each map at the voxels of the region, in the order of the array, shape
        (n,); NaN where a feature is not defined.
    outside
        What each map holds out of the region: ``initValue``.
    region
        The voxels, on the grid of the maps: the box of the region and its kernels.
    findings
        What was repaired, left out or doubtful, and where maps hold NaN.
    """

    numbers: Mapping[str, NDArray[np.float64]]
    outside: Mapping[str, float]
    region: Mask
    findings: tuple[Finding, ...] = ()

    @property
    def geometry(self) -> Geometry:
        """The grid of the maps."""
        return self.region.geometry

    @property
    def undefined(self) -> dict[str, int]:
        """The number of voxels at which a feature is not defined, where there are any."""
        counts = {name: int(np.isnan(values).sum()) for name, values in self.numbers.items()}
        return {name: count for name, count in counts.items() if count}

    def __getitem__(self, name: str) -> Volume:
        """Return one map as an image in double precision."""
        values = self.numbers[name]
        array = np.full(self.region.array.shape, self.outside[name])
        array[self.region.array] = values
        return Volume(array, self.geometry)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self.numbers)

    def __len__(self) -> int:
        """Return the number of maps."""
        return len(self.numbers)
