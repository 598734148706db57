"""Bring columns to a common scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from tumorcast.features.matrix import complete_matrix, names_array, require_columns, table_of
from tumorcast.features.step import LabelFree, State
from tumorcast.features.table import FeatureTable

LIMIT = 5.0
"""Standard deviations beyond which a value counts no further."""

_ROUNDING = 1e-12
_SMALLEST_NORMAL = np.finfo(np.float64).tiny
"""Below it numbers lose their digits, and half of the smallest is 0."""


@dataclass
class Scaler(LabelFree):
    """Subtract the mean and divide by the standard deviation of the training rows.

    Values beyond `LIMIT` standard deviations are set to the limit, so that one wild value of a
    heavy-tailed texture cannot decide a prediction. A constant column becomes 0. Labels are not
    used.
    """

    def clone(self) -> Self:
        """Return an unfitted scaler."""
        return type(self)()

    def learn(self, table: FeatureTable) -> None:
        """Learn mean and standard deviation of every column.

        Raises
        ------
        ValueError
            When a value is missing or a column is not numeric.
        """
        matrix = complete_matrix(table)
        self.columns_ = list(table.columns)
        largest = np.abs(matrix).max(axis=0, initial=0.0)
        unit = np.where(largest > 0, largest, 1.0)
        shares = matrix / unit
        self.means_ = shares.mean(axis=0) * unit
        share = shares.std(axis=0)
        deviation = share * unit
        varies = (share > _ROUNDING) & (deviation >= _SMALLEST_NORMAL)
        self.deviations_ = np.where(varies, deviation, np.inf)

    def transform(self, table: FeatureTable) -> FeatureTable:
        """Return the columns seen in training in standard deviations from their mean."""
        require_columns(table, self.columns_)
        known = FeatureTable(table.frame[self.columns_])
        matrix = complete_matrix(known)
        with np.errstate(over="ignore"):
            standardised = (matrix - self.means_) / self.deviations_
        return table_of(np.clip(standardised, -LIMIT, LIMIT), self.columns_, known)

    def state(self) -> State:
        """Return means and standard deviations; infinite for a constant column."""
        return {
            "columns": names_array(self.columns_),
            "means": self.means_,
            "deviations": self.deviations_,
        }

    def restore(self, state: State) -> Self:
        """Return a scaler that has learned `state`."""
        restored = self.clone()
        restored.columns_ = state["columns"].tolist()
        restored.means_ = state["means"].astype(np.float64)
        restored.deviations_ = state["deviations"].astype(np.float64)
        return restored
