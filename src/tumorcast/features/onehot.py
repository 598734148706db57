"""One 0/1 column for each level of a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from tumorcast.features.matrix import names_array, numeric_columns, require_columns
from tumorcast.features.step import LabelFree, State
from tumorcast.features.table import FeatureTable

OTHER_LEVEL = "other"
"""The level that pools the rare ones and takes those never seen in training."""


@dataclass
class OneHot(LabelFree):
    """Replace each categorical column by columns such as ``"clinical.sex=M"``.

    Levels seen in fewer than `min_rows` training rows are pooled into ``"other"``, which also
    takes a level that training never saw; without a pool such a level is 0 in every column.
    `unseen` names them. A column that ends with a single level (free text, ids) is left out and
    listed in `dropped_`.

    Parameters
    ----------
    min_rows
        Fewest training rows of a level that gets a column of its own.
    """

    min_rows: int = 5

    def clone(self) -> Self:
        """Return an unfitted encoder with the same settings."""
        return type(self)(self.min_rows)

    def learn(self, table: FeatureTable) -> None:
        """Learn the levels of every categorical column."""
        self.levels_: dict[str, list[str]] = {}
        self.rare_: dict[str, list[str]] = {}
        self.dropped_: dict[str, str] = {}
        numeric = set(numeric_columns(table))
        for name in table.columns:
            if name not in numeric:
                self._fit_column(name, table.frame[name])

    def _fit_column(self, name: str, column: pd.Series[str]) -> None:
        if column.isna().any():
            raise ValueError(f"column '{name}' has missing values, impute first")
        counts = column.value_counts()
        frequent = counts >= self.min_rows
        levels = sorted(level for level in counts.index[frequent] if level != OTHER_LEVEL)
        rare = sorted(set(counts.index) - set(levels))
        if rare:
            levels.append(OTHER_LEVEL)
        if len(levels) == 1:
            self.dropped_[name] = f"no second level in {self.min_rows} rows or more"
        else:
            self.levels_[name] = levels
            self.rare_[name] = rare

    def transform(self, table: FeatureTable) -> FeatureTable:
        """Return the table with categories encoded in place; numeric columns are untouched."""
        require_columns(table, list(self.levels_))
        frame = table.frame
        parts: list[pd.DataFrame] = []
        numeric: list[str] = []
        for name in table.columns:
            if name in self.levels_:
                parts += [frame[numeric], self._encoded(name, frame[name])]
                numeric = []
            elif name not in self.dropped_:
                numeric.append(name)
        return FeatureTable(pd.concat([*parts, frame[numeric]], axis=1))

    def _encoded(self, name: str, column: pd.Series[str]) -> pd.DataFrame:
        levels = np.array(self.levels_[name], dtype=object)
        pooled = column.where(column.isin(self.levels_[name]), OTHER_LEVEL)
        columns = [f"{name}={level}" for level in levels]
        encoded = (pooled.to_numpy(dtype=object)[:, np.newaxis] == levels).astype(np.float64)
        return pd.DataFrame(encoded, index=column.index, columns=columns)

    def unseen(self, table: FeatureTable) -> dict[str, list[str]]:
        """Return, by column, the levels that no training row had."""
        require_columns(table, list(self.levels_))
        found = {}
        for name, levels in self.levels_.items():
            known = {*levels, *self.rare_[name]}
            strange = set(table.frame[name].dropna()) - known
            if strange:
                found[name] = sorted(str(level) for level in strange)
        return found

    def state(self) -> State:
        """Return the levels of each column, one entry a level, and the dropped columns."""
        return {
            "columns": names_array([name for name in self.levels_ for _ in self.levels_[name]]),
            "levels": names_array([level for levels in self.levels_.values() for level in levels]),
            "rare_columns": names_array([name for name in self.rare_ for _ in self.rare_[name]]),
            "rare_levels": names_array([level for rare in self.rare_.values() for level in rare]),
            "dropped": names_array(list(self.dropped_)),
            "reasons": names_array(list(self.dropped_.values())),
        }

    def restore(self, state: State) -> Self:
        """Return an encoder that has learned `state`."""
        restored = self.clone()
        restored.levels_ = {name: [] for name in state["columns"].tolist()}
        restored.rare_ = {name: [] for name in restored.levels_}
        for name, level in zip(state["columns"].tolist(), state["levels"].tolist(), strict=True):
            restored.levels_[name].append(level)
        pairs = zip(state["rare_columns"].tolist(), state["rare_levels"].tolist(), strict=True)
        for name, level in pairs:
            restored.rare_[name].append(level)
        pairs = zip(state["dropped"].tolist(), state["reasons"].tolist(), strict=True)
        restored.dropped_ = dict(pairs)
        return restored
