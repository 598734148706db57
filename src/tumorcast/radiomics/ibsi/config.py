"""How IBSI computes features: the steps of its processing scheme and their parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import refuse
from tumorcast.radiomics import checks
from tumorcast.radiomics.checks import NotAcceptedError
from tumorcast.radiomics.ibsi.parameters import Checked, parameter

if TYPE_CHECKING:
    from tumorcast.radiomics.ibsi.filters import Filter

Interpolation = Literal["linear", "cubic"]
Dimension = Literal["2D", "3D"]
DIMENSIONS: tuple[Dimension, ...] = ("2D", "3D")
FAMILIES: dict[str, str] = {
    "morphology": "morph_",
    "local_intensity": "loc_",
    "statistics": "stat_",
    "histogram": "ih_",
    "volume_histogram": "ivh_",
    "glcm": "cm_",
    "glrlm": "rlm_",
    "glszm": "szm_",
    "gldzm": "dzm_",
    "ngtdm": "ngt_",
    "ngldm": "ngl_",
}
"""Feature families and how the tags of their features begin."""


@dataclass(frozen=True)
class FixedBinSize(Checked):
    """Bins of one width from the lower bound of re-segmentation, or from the smallest value.

    Parameters
    ----------
    width
        In the image's unit.
    """

    width: float = parameter(checks.positive)

    def levels(self, values: NDArray[np.float64], lower_bound: float | None) -> NDArray[np.int64]:
        """Return the bin of each value, counted from 1."""
        start = values.min() if lower_bound is None else lower_bound
        return np.floor((values - start) / self.width).astype(np.int64) + 1


@dataclass(frozen=True)
class FixedBinNumber(Checked):
    """Equal bins between the smallest and the largest value of the region.

    Parameters
    ----------
    count
        Number of bins.
    """

    count: int = parameter(checks.positive_int)

    def levels(self, values: NDArray[np.float64], lower_bound: float | None) -> NDArray[np.int64]:
        """Return the bin of each value, counted from 1; the lower bound plays no part."""
        del lower_bound
        low, high = float(values.min()), float(values.max())
        if low == high:
            return np.ones(values.size, np.int64)
        scaled = np.floor(self.count * (values - low) / (high - low)).astype(np.int64) + 1
        return np.minimum(scaled, self.count)


Binning = FixedBinSize | FixedBinNumber


def _spacing(value: object) -> tuple[float | None, ...]:
    return _listed(value, 3, "three numbers above 0 along z, y and x in mm, null to keep one")


def _range(value: object) -> tuple[float | None, ...]:
    return _listed(value, 2, "two numbers, null for an open end, such as [-500, 400]")


def _listed(value: object, count: int, expected: str) -> tuple[float | None, ...]:
    if not isinstance(value, (list, tuple)) or len(value) != count:
        raise NotAcceptedError(expected)
    return tuple(None if item is None else checks.number(item) for item in value)


def _binning(value: object) -> Binning:
    if not isinstance(value, (FixedBinSize, FixedBinNumber)):
        raise NotAcceptedError("{width: ...} or {count: ...}")
    return value


def _some_of(*known: str) -> checks.Check:
    def check(value: object) -> tuple[str, ...]:
        chosen = tuple(value) if isinstance(value, (list, tuple)) else ()
        repeated = len(chosen) - len([name for name in known if name in chosen])
        if not chosen or repeated:
            raise NotAcceptedError(f"a list of some of {', '.join(known)}")
        return chosen

    return check


def _filters(value: object) -> tuple[Filter, ...]:
    if not isinstance(value, (list, tuple)) or not all(hasattr(f, "respond") for f in value):
        raise NotAcceptedError("filters of tumorcast.radiomics.ibsi.filters")
    return tuple(value)


@dataclass(frozen=True)
class Config(Checked):
    """One IBSI image processing configuration.

    Parameters
    ----------
    spacing_mm
        Voxel spacing after interpolation along (z, y, x); None keeps an axis as it is.
    interpolation
        Of intensities: trilinear or tricubic spline. The mask is always interpolated trilinearly.
    round_intensities
        Round interpolated intensities to whole numbers, as befits HU.
    intensity_range
        Closed range of re-segmentation; None leaves an end open.
    outlier_sigma
        Leave out what lies farther than so many standard deviations from the mean, after the
        range is applied.
    binning
        For histogram and textures; None when intensities are whole numbers from 1 on already.
    ivh_binning
        For the intensity-volume histogram; None when intensities are whole numbers.
    response_binning
        For histogram and textures of response maps; None leaves their statistics alone.
    dimensions
        Textures in the plane of a slice (averaged and merged, 2D and 2.5D), in space, or both.
    families
        Of features, by the names of `FAMILIES`.
    original
        Measure the image itself.
    filters
        Measure their response maps too; re-segmentation is that of the image itself.
    """

    spacing_mm: tuple[float | None, float | None, float | None] = parameter(
        _spacing, (None, None, None)
    )
    interpolation: Interpolation = parameter(checks.one_of("linear", "cubic"), "linear")
    round_intensities: bool = parameter(checks.boolean, False)
    intensity_range: tuple[float | None, float | None] = parameter(_range, (None, None))
    outlier_sigma: float | None = parameter(checks.optional(checks.positive), None)
    binning: Binning | None = parameter(checks.optional(_binning), None)
    ivh_binning: Binning | None = parameter(checks.optional(_binning), None)
    response_binning: Binning | None = parameter(checks.optional(_binning), None)
    dimensions: tuple[Dimension, ...] = parameter(_some_of(*DIMENSIONS), ("3D",))
    families: tuple[str, ...] = parameter(_some_of(*FAMILIES), tuple(FAMILIES))
    original: bool = parameter(checks.boolean, True)
    filters: tuple[Filter, ...] = parameter(_filters, ())

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = self.intensity_range
        if low is not None and high is not None and low >= high:
            raise refuse(
                "IBS-02",
                f"a re-segmentation range from {low} to {high}",
                expected="the lower bound first",
                fix="swap the bounds",
            )
        if any(step is not None and not step > 0 for step in self.spacing_mm):
            raise refuse(
                "IBS-03",
                f"a spacing of {self.spacing_mm} mm",
                expected="spacings above 0",
                fix="correct spacing_mm",
            )
        names = [item.name for item in self.filters]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not (self.original or names):
            raise refuse(
                "IBS-09",
                f"image types with one name: {', '.join(twice)}" if twice else "no image type",
                expected="at least one image type, and columns that differ in their names",
                fix="give each filter once; two boundary conditions need two extractions",
            )
