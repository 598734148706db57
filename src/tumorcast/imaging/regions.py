"""Where features are measured: the tumour, shells around or inside it, dilations, unions.

All rest on one number, the signed distance of a voxel's centre from the tumour's surface, positive
outside and negative inside. The surface lies half-way between a tumour voxel and its neighbour
outside, so a shell is about as thick as its name says on any grid. Measured between voxel centres,
as dilation with a ball does, a shell of 0 to 5 mm would lose half a voxel, and be empty within the
slices of a PET whose voxels measure 5.5 mm. Habitats rest on the image: see `imaging.habitats`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Protocol

import numpy as np

from tumorcast.errors import refuse
from tumorcast.imaging.band import band
from tumorcast.imaging.mask import Mask
from tumorcast.imaging.volume import Volume


@dataclass(frozen=True, eq=False)
class RegionMask:
    """A region on the image's grid.

    Parameters
    ----------
    mask
        Its voxels, at least one.
    kept_fraction
        Share of the region's voxels that lie in the image and in the patient: 1.0 when nothing
        was clipped.
    """

    mask: Mask
    kept_fraction: float


class Region(Protocol):
    """Where to measure, given the tumour. A value: equal regions give equal masks."""

    @property
    def name(self) -> str:
        """Name in columns, such as ``"shell_0_5mm"``: letters, digits and underscores."""

    def build(self, tumor: Mask, image: Volume) -> RegionMask:
        """Return the region's voxels on the image's grid.

        Parameters
        ----------
        tumor
            Not empty, on the grid of `image`.
        image
            Gives the borders of image and patient; of what lies within, only habitats depend.

        Raises
        ------
        BadInputError
            ``REG-01`` when no voxel is left; ``GEO-04`` when the grids differ.
        """


@dataclass(frozen=True)
class Tumor:
    """The tumour as it was drawn."""

    @property
    def name(self) -> str:
        """``"tumor"``."""
        return "tumor"

    def build(self, tumor: Mask, image: Volume) -> RegionMask:  # noqa: ARG002
        """Return the tumour itself; nothing is clipped."""
        return RegionMask(tumor, 1.0)


@dataclass(frozen=True)
class Shell:
    """The tissue between two distances from the tumour's surface.

    Parameters
    ----------
    inner_mm, outer_mm
        Negative inside the tumour: ``Shell(-3, 0)`` is its outermost 3 mm.
    """

    inner_mm: float
    outer_mm: float

    def __post_init__(self) -> None:
        if not (isfinite(self.inner_mm) and isfinite(self.outer_mm)) or (
            self.inner_mm >= self.outer_mm
        ):
            raise refuse(
                "REG-02",
                f"a shell from {self.inner_mm:g} to {self.outer_mm:g} mm",
                expected="an inner distance below the outer one",
                fix="write the shell as shell_mm: [0, 5]; negative is inside the tumour",
            )

    @property
    def name(self) -> str:
        """Such as ``"shell_0_5mm"``, and ``"shell_m3_0mm"`` for -3 to 0."""
        return f"shell_{_written(self.inner_mm)}_{_written(self.outer_mm)}mm"

    def build(self, tumor: Mask, image: Volume) -> RegionMask:
        """Return the shell, clipped to the image and, in CT, to the patient's body."""
        mask, kept_fraction = band(tumor, image, self.inner_mm, self.outer_mm)
        return RegionMask(replace(mask, name=self.name), kept_fraction)


@dataclass(frozen=True)
class Dilation:
    """The tumour and all tissue up to a distance from its surface."""

    mm: float

    def __post_init__(self) -> None:
        if not (isfinite(self.mm) and self.mm > 0):
            raise refuse(
                "REG-02",
                f"a dilation by {self.mm:g} mm",
                expected="a distance above zero",
                fix="write the dilation as dilation_mm: 3",
            )

    @property
    def name(self) -> str:
        """Such as ``"dilation_3mm"``."""
        return f"dilation_{_written(self.mm)}mm"

    def build(self, tumor: Mask, image: Volume) -> RegionMask:
        """Return the dilated tumour, clipped to the image and, in CT, to the patient's body."""
        mask, kept_fraction = band(tumor, image, -inf, self.mm)
        return RegionMask(replace(mask, name=self.name), kept_fraction)


@dataclass(frozen=True)
class Union:
    """Every voxel of any of the regions, under a name of its own."""

    regions: tuple[Region, ...]
    name: str

    def __post_init__(self) -> None:
        if not self.regions:
            raise refuse(
                "REG-02",
                f"a union '{self.name}' of no regions",
                expected="at least one region",
                fix="write the union as union: [tumor, {shell_mm: [0, 5]}]",
            )

    def build(self, tumor: Mask, image: Volume) -> RegionMask:
        """Return the union. Its kept fraction is the members', weighted by what each asked for."""
        built = [region.build(tumor, image) for region in self.regions]
        array = np.logical_or.reduce([part.mask.array for part in built])
        kept = [part.mask.n_voxels for part in built]
        asked = [n / part.kept_fraction for n, part in zip(kept, built, strict=True)]
        return RegionMask(Mask(array, tumor.geometry, self.name), sum(kept) / sum(asked))


def _written(mm: float) -> str:
    return f"{mm:g}".replace("-", "m").replace(".", "p")
