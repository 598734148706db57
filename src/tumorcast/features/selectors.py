"""The selectors that come with tumorcast."""

from __future__ import annotations

from collections.abc import Callable

from tumorcast.features.boruta import BorutaSelector
from tumorcast.features.correlation import CorrelationFilter
from tumorcast.features.cox_lasso import CoxLassoSelector
from tumorcast.features.cox_score import UnivariateCoxSelector
from tumorcast.features.forest_selector import ForestSelector
from tumorcast.features.lasso import LassoSelector
from tumorcast.features.mrmr import MrmrSelector
from tumorcast.features.near_constant import NearConstantFilter
from tumorcast.features.selector import ColumnSelector
from tumorcast.features.stable import StableSelector
from tumorcast.features.univariate import UnivariateSelector

SURVIVAL_RANKERS: dict[str, Callable[[int], ColumnSelector]] = {
    "univariate_cox": UnivariateCoxSelector,
    "cox_lasso": CoxLassoSelector,
}
"""Those of `RANKERS` that rank columns by the times of the events."""

RANKERS: dict[str, Callable[[int], ColumnSelector]] = {
    "forest": ForestSelector,
    "univariate": UnivariateSelector,
    "mrmr": MrmrSelector,
    "lasso": LassoSelector,
    "boruta": BorutaSelector,
    **SURVIVAL_RANKERS,
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
    "univariate_cox": UnivariateCoxSelector,
    "cox_lasso": CoxLassoSelector,
}
"""All selectors by name, each with its default settings."""
