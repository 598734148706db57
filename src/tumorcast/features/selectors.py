"""The selectors that come with tumorcast."""

from __future__ import annotations

from collections.abc import Callable

from tumorcast.features.correlation import CorrelationFilter
from tumorcast.features.forest_selector import ForestSelector
from tumorcast.features.selector import ColumnSelector
from tumorcast.features.univariate import UnivariateSelector

SELECTORS: dict[str, Callable[[], ColumnSelector]] = {
    "correlation": CorrelationFilter,
    "forest": ForestSelector,
    "univariate": UnivariateSelector,
}
"""Selectors by name, each with its default settings."""
