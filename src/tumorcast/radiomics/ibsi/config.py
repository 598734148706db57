"""How IBSI computes features: the steps of its processing scheme and their parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import refuse

Interpolation = Literal["linear", "cubic"]
Dimension = Literal["2D", "3D"]


@dataclass(frozen=True)
class FixedBinSize:
    """Bins of one width from the lower bound of re-segmentation, or from the smallest value.

    Parameters
    ----------
    width
        In the image's unit.
    """

    width: float

    def __post_init__(self) -> None:
        if not self.width > 0:
            raise refuse(
                "IBS-01", f"a bin width of {self.width}", expected="above 0", fix="widen the bins"
            )

    def levels(self, values: NDArray[np.float64], lower_bound: float | None) -> NDArray[np.int64]:
        """Return the bin of each value, counted from 1."""
        start = values.min() if lower_bound is None else lower_bound
        return np.floor((values - start) / self.width).astype(np.int64) + 1


@dataclass(frozen=True)
class FixedBinNumber:
    """Equal bins between the smallest and the largest value of the region.

    Parameters
    ----------
    count
        Number of bins.
    """

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise refuse(
                "IBS-01", f"{self.count} bins", expected="at least 1", fix="ask for more bins"
            )

    def levels(self, values: NDArray[np.float64], lower_bound: float | None) -> NDArray[np.int64]:
        """Return the bin of each value, counted from 1; the lower bound plays no part."""
        del lower_bound
        low, high = float(values.min()), float(values.max())
        if low == high:
            return np.ones(values.size, np.int64)
        scaled = np.floor(self.count * (values - low) / (high - low)).astype(np.int64) + 1
        return np.minimum(scaled, self.count)


@dataclass(frozen=True)
class Config:
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
    dimensions
        Textures in the plane of a slice (averaged and merged, 2D and 2.5D), in space, or both.
    """

    spacing_mm: tuple[float | None, float | None, float | None] = (None, None, None)
    interpolation: Interpolation = "linear"
    round_intensities: bool = False
    intensity_range: tuple[float | None, float | None] = (None, None)
    outlier_sigma: float | None = None
    binning: FixedBinSize | FixedBinNumber | None = None
    ivh_binning: FixedBinSize | FixedBinNumber | None = None
    dimensions: tuple[Dimension, ...] = ("3D",)

    def __post_init__(self) -> None:
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
