"""Fill in what is missing with what the training rows have, and say where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.errors import BadInputError
from tumorcast.features.matrix import names_array, numeric_columns, require_columns
from tumorcast.features.missing import group_is_missing, indicator_names, missing_groups
from tumorcast.features.step import LabelFree, State
from tumorcast.features.table import FeatureTable

MISSING_LEVEL = "missing"
"""The level that stands for a missing category, if the training rows had missing ones."""

_ROUNDING = 1e-12


@dataclass
class Imputer(LabelFree):
    """Median for numbers, a level of its own for categories, indicators for what was missing.

    A number that is missing or infinite becomes the median of the training rows. Numeric columns
    that were missing in the same training rows share one indicator, 1 where all of them are
    missing, so a patient without a PET scan has one ``pt.missing`` and not one for each feature.
    A missing category becomes the level ``"missing"`` if the training rows had missing values in
    that column, else its most frequent level. Columns with no value or only one are left out and
    listed in `dropped_`.

    Labels are not used. The order of the rows does not matter.
    """

    def clone(self) -> Self:
        """Return an unfitted imputer."""
        return type(self)()

    def learn(self, table: FeatureTable) -> None:
        """Learn medians, levels and which columns go missing together."""
        self.dropped_: dict[str, str] = {}
        numbers = numeric_columns(table)
        numeric = set(numbers)
        self._fit_numbers(table, numbers)
        self._fit_categories(table, [name for name in table.columns if name not in numeric])

    def _fit_numbers(self, table: FeatureTable, columns: list[str]) -> None:
        values = _numbers(table, columns)
        low, median, high = _low_median_high(values)
        extent = np.maximum(np.abs(low), np.abs(high))
        varies = high - low > _ROUNDING * extent
        for name, highest in zip(_chosen(columns, ~varies), high[~varies], strict=True):
            self.dropped_[name] = "no value" if np.isnan(highest) else "one value"
        self.numbers_ = _chosen(columns, varies)
        self.medians_ = median[varies]
        missing = np.isnan(values[:, varies])
        self.groups_ = missing_groups(missing)
        self.indicators_ = indicator_names(missing, self.numbers_, self.groups_)

    def _fit_categories(self, table: FeatureTable, columns: list[str]) -> None:
        self.fills_: dict[str, str] = {}
        for name in columns:
            levels = _levels(table, name)
            counts = levels.value_counts()
            some_missing = bool(levels.isna().any())
            if counts.empty:
                self.dropped_[name] = "no value"
            elif len(counts) == 1 and not some_missing:
                self.dropped_[name] = "one value"
            else:
                most_frequent = min(counts.index[counts == counts.max()])
                self.fills_[name] = MISSING_LEVEL if some_missing else most_frequent

    def transform(self, table: FeatureTable) -> FeatureTable:
        """Return the columns that were kept, filled in, in the table's order, then indicators.

        Raises
        ------
        BadInputError
            ``COL-01`` for columns that are not there, ``COL-02`` for text in a numeric column or
            a number in a categorical one.
        """
        require_columns(table, [*self.numbers_, *self.fills_])
        _require_kinds(table, self.numbers_, list(self.fills_))
        values = _numbers(table, self.numbers_)
        missing = np.isnan(values)
        values = np.where(missing, self.medians_, values)
        indicators = group_is_missing(missing, self.groups_, len(self.indicators_))
        index = table.frame.index
        parts = [
            pd.DataFrame(values, index=index, columns=self.numbers_),
            pd.DataFrame(
                {name: _levels(table, name).fillna(fill) for name, fill in self.fills_.items()},
                index=index,
            ),
            pd.DataFrame(indicators, index=index, columns=self.indicators_),
        ]
        kept = {*self.numbers_, *self.fills_}
        order = [name for name in table.columns if name in kept] + self.indicators_
        return FeatureTable(pd.concat(parts, axis=1)[order])

    def state(self) -> State:
        """Return medians, groups of missing columns, levels and the dropped columns."""
        return {
            "numbers": names_array(self.numbers_),
            "medians": self.medians_,
            "groups": self.groups_,
            "indicators": names_array(self.indicators_),
            "categories": names_array(list(self.fills_)),
            "fills": names_array(list(self.fills_.values())),
            "dropped": names_array(list(self.dropped_)),
            "reasons": names_array(list(self.dropped_.values())),
        }

    def restore(self, state: State) -> Self:
        """Return an imputer that has learned `state`."""
        restored = self.clone()
        restored.numbers_ = state["numbers"].tolist()
        restored.medians_ = state["medians"].astype(np.float64)
        restored.groups_ = state["groups"].astype(np.int64)
        restored.indicators_ = state["indicators"].tolist()
        pairs = zip(state["categories"].tolist(), state["fills"].tolist(), strict=True)
        restored.fills_ = dict(pairs)
        pairs = zip(state["dropped"].tolist(), state["reasons"].tolist(), strict=True)
        restored.dropped_ = dict(pairs)
        return restored


def _numbers(table: FeatureTable, columns: list[str]) -> NDArray[np.float64]:
    values = table.frame[columns].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _low_median_high(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest, middle and highest value of each column; NaN where it has none."""
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)

    def at(rank: NDArray[np.int64]) -> NDArray[np.float64]:
        position = np.clip(rank, 0, len(values) - 1)[np.newaxis]
        return np.asarray(np.take_along_axis(ordered, position, axis=0)[0])

    below, above = at((count - 1) // 2), at(count // 2)
    return at(np.zeros_like(count)), below + (above - below) / 2, at(count - 1)


def _levels(table: FeatureTable, name: str) -> pd.Series[str]:
    column = table.frame[name]
    return column.where(column.notna(), None).astype(object)


def _chosen(columns: list[str], which: NDArray[np.bool_]) -> list[str]:
    return [name for name, yes in zip(columns, which, strict=True) if yes]


def _require_kinds(table: FeatureTable, numbers: list[str], categories: list[str]) -> None:
    numeric = set(numeric_columns(table))

    def with_values(names: set[str]) -> list[str]:
        return sorted(name for name in names if table.frame[name].notna().any())

    text = with_values(set(numbers) - numeric)
    number = with_values(set(categories) & numeric)
    if text or number:
        found = [f"text in {text}"] * bool(text) + [f"numbers in {number}"] * bool(number)
        raise BadInputError(
            "COL-02",
            " and ".join(found),
            expected="the kind of value that each column had in training",
            fix="write numbers as numbers and categories as text; leave unknown values empty",
        )
