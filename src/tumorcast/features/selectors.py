"""The selectors that come with tumorcast."""

from __future__ import annotations

from collections.abc import Callable

from tumorcast.features.boruta import BorutaSelector
from tumorcast.features.correlation import CorrelationFilter
from tumorcast.features.forest_selector import ForestSelector
from tumorcast.features.lasso import LassoSelector
from tumorcast.features.mrmr import MrmrSelector
from tumorcast.features.near_constant import NearConstantFilter
from tumorcast.features.selector import ColumnSelector
from tumorcast.features.stable import StableSelector
from tumorcast.features.univariate import UnivariateSelector

RANKERS: dict[str, Callable[[int], ColumnSelector]] = {
    "forest": ForestSelector,
    "univariate": UnivariateSelector,
    "mrmr": MrmrSelector,
    "lasso": LassoSelector,
    "boruta": BorutaSelector,
}
"""Selectors that keep a number of columns, or at most so many, by name."""

SELECTORS: dict[str, Callable[[], ColumnSelector]] = {
    "variance": NearConstantFilter,
    "correlation": CorrelationFilter,
    "forest": ForestSelector,
    "stable": StableSelector,
    "univariate": UnivariateSelector,
    "mrmr": MrmrSelector,
    "lasso": LassoSelector,
    "boruta": BorutaSelector,
}
"""All selectors by name, each with its default settings."""
