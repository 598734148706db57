"""The features of one region on one image."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.radiomics.classes.firstorder import firstorder_features
from tumorcast.radiomics.classes.glcm import glcm_features
from tumorcast.radiomics.classes.gldm import gldm_features
from tumorcast.radiomics.classes.glrlm import glrlm_features
from tumorcast.radiomics.classes.glszm import glszm_features
from tumorcast.radiomics.classes.ngtdm import ngtdm_features
from tumorcast.radiomics.names import DEPRECATED, REMOVED
from tumorcast.radiomics.options import Options
from tumorcast.radiomics.region import MeasuredRegion
from tumorcast.radiomics.texture.levels import GreyLevels, discretise
from tumorcast.radiomics.texture.matrices import (
    NeighbourCounts,
    count_neighbours,
    dependence_matrix,
    neighbourhood_differences,
    zone_counts,
    zone_of_voxels,
)
from tumorcast.radiomics.texture.sparse import dense_counts


@dataclass(frozen=True, eq=False)
class Measurement:
    """One region on one image: everything that the feature classes share, computed when needed.

    Parameters
    ----------
    values
        Intensities of the region in the type of the image, shape (n,).
    region
        Where they lie.
    options
        The settings that hold for this image.
    with_mcc
        Whether GLCM's maximal correlation coefficient is wanted.
    """

    values: NDArray[Any]
    region: MeasuredRegion
    options: Options
    with_mcc: bool = True

    @cached_property
    def levels(self) -> GreyLevels:
        """The discretised intensities."""
        options = self.options
        return discretise(self.values, width=options.bin_width, count=options.bin_count)

    @property
    def fixed_axis(self) -> int | None:
        """The axis of (z, y, x) along which no neighbour is taken."""
        return self.options.force_2d_dimension if self.options.force_2d else None

    @cached_property
    def near(self) -> NeighbourCounts:
        """Counts over the neighbours at distance 1."""
        neighbours = self.region.neighbours((1,), self.fixed_axis)
        return count_neighbours(
            self.levels,
            neighbours,
            longest_run=max(self.region.extent),
            alpha=self.options.gldm_alpha,
        )

    @cached_property
    def at_distances(self) -> NeighbourCounts:
        """Counts over the neighbours at the distances of the settings."""
        if tuple(self.options.distances) == (1,):
            return self.near
        neighbours = self.region.neighbours(self.options.distances, self.fixed_axis)
        alpha = self.options.gldm_alpha
        return count_neighbours(self.levels, neighbours, longest_run=0, alpha=alpha)

    def firstorder(self) -> dict[str, float]:
        """Return the first-order features."""
        return firstorder_features(
            self.values,
            self.levels,
            voxel_volume_mm3=math.prod(self.region.spacing_mm),
            shift=self.options.voxel_array_shift,
        )

    def glcm(self) -> dict[str, float]:
        """Return the features of co-occurrences."""
        neighbours = self.region.neighbours(self.options.distances, self.fixed_axis)
        return glcm_features(
            self.at_distances.pairs,
            self.levels.present,
            neighbours.offsets,
            self.region.spacing_mm,
            symmetrical=self.options.symmetrical_glcm,
            norm=self.options.weighting_norm,
            with_mcc=self.with_mcc,
        )

    def glrlm(self) -> dict[str, float]:
        """Return the features of runs, which PyRadiomics takes at distance 1 always."""
        neighbours = self.region.neighbours((1,), self.fixed_axis)
        lines = self.region.lines(self.fixed_axis)
        return glrlm_features(
            [runs for runs, met in zip(self.near.runs, lines, strict=True) if met],
            self.levels.present,
            neighbours.offsets[lines],
            self.region.spacing_mm,
            self.options.weighting_norm,
        )

    def glszm(self) -> dict[str, float]:
        """Return the features of zones, which PyRadiomics takes at distance 1 always."""
        neighbours = self.region.neighbours((1,), self.fixed_axis)
        centre = _centre(neighbours.offsets)
        zone = zone_of_voxels(self.levels.rank, neighbours.index, centre)
        return glszm_features(zone_counts(self.levels.rank, zone), self.levels.present)

    def gldm(self) -> dict[str, float]:
        """Return the features of dependences."""
        neighbours = self.region.neighbours(self.options.distances, self.fixed_axis)
        most = 2 * len(neighbours.offsets)
        matrix = dependence_matrix(self.levels, self.at_distances.dependence, most)
        return gldm_features(dense_counts(matrix, 1), self.levels.present)

    def ngtdm(self) -> dict[str, float]:
        """Return the features of differences from the neighbourhood."""
        neighbours = self.region.neighbours(self.options.distances, self.fixed_axis)
        levels = self.levels
        n_i, s_i = neighbourhood_differences(
            levels.rank, levels.present, self.at_distances.level_sum, neighbours.count
        )
        return ngtdm_features(n_i, s_i, levels.present)


def _centre(offsets: NDArray[np.int64]) -> int:
    """Return the direction that is next to all others, or -1: straight ahead along an axis."""
    for d, step in enumerate(offsets):
        if np.abs(offsets - step).max() <= 1:
            return d
    return -1


FEATURE_CLASSES: dict[str, Callable[[Measurement], dict[str, float]]] = {
    "firstorder": Measurement.firstorder,
    "glcm": Measurement.glcm,
    "glrlm": Measurement.glrlm,
    "glszm": Measurement.glszm,
    "gldm": Measurement.gldm,
    "ngtdm": Measurement.ngtdm,
}
"""The classes that look at intensities; shape is measured once a region."""


CONSTANT_UNDEFINED: dict[str, frozenset[str]] = {
    "firstorder": frozenset({"Skewness", "Kurtosis"}),
    "glcm": frozenset({"Correlation", "Imc1", "Imc2", "MCC"}),
    "glrlm": frozenset(),
    "glszm": frozenset(),
    "gldm": frozenset(),
    "ngtdm": frozenset({"Busyness", "Coarseness", "Contrast", "Strength"}),
}
"""Features that divide by a spread which a constant region does not have."""


def measure(
    measurement: Measurement, features: Mapping[str, Iterable[str]]
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the wanted features as ``class_Feature`` and why those that are NaN are.

    Parameters
    ----------
    measurement
        The region on the image.
    features
        Names wanted in each class; classes of shape are passed over.
    """
    values: dict[str, float] = {}
    reasons: dict[str, str] = {}
    if not np.isfinite(measurement.values).all():
        columns = [
            f"{n}_{f}" for n, chosen in features.items() if n in FEATURE_CLASSES for f in chosen
        ]
        why = "not defined: the filter has no value in some voxels of the region"
        return dict.fromkeys(columns, math.nan), dict.fromkeys(columns, why)
    constant = bool(measurement.values.min() == measurement.values.max())
    for name, wanted in features.items():
        if name not in FEATURE_CLASSES:
            continue
        found = FEATURE_CLASSES[name](measurement)
        for feature in wanted:
            column = f"{name}_{feature}"
            values[column], reason = _checked(name, feature, found, constant=constant)
            if reason:
                reasons[column] = reason
    return values, reasons


def _checked(
    name: str, feature: str, found: Mapping[str, float], *, constant: bool
) -> tuple[float, str]:
    if feature in REMOVED.get(name, ()):
        return math.nan, f"removed from PyRadiomics: {DEPRECATED[name][feature]}"
    if constant and feature in CONSTANT_UNDEFINED[name]:
        return math.nan, "not defined: the image is constant in the region"
    if not math.isfinite(found[feature]):
        return math.nan, "not defined: the formula divides by zero on this region"
    return found[feature], ""
