"""Clinical columns as the covariates of a linear model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.features.imputer import Imputer
from tumorcast.features.onehot import OneHot
from tumorcast.features.step import State, part_of, parts
from tumorcast.features.table import FeatureTable


@dataclass
class Covariates:
    """Numbers as they are and every level of a category but the first as 0 or 1.

    What is missing is filled in as `Imputer` does, without an indicator.

    Parameters
    ----------
    names
        Columns of the table.
    """

    names: tuple[str, ...]

    def learn(self, table: FeatureTable) -> NDArray[np.float64]:
        """Learn medians and levels from the rows and return their design, shape (n, terms)."""
        table = FeatureTable(table.frame[list(self.names)])
        self.imputer_ = Imputer().fit(table)
        self.encoder_ = OneHot().fit(self.imputer_.transform(table))
        return self.design(table)

    def design(self, table: FeatureTable) -> NDArray[np.float64]:
        """Return the terms of the rows of a table, shape (n, terms).

        Raises
        ------
        BadInputError
            ``COL-01`` and ``COL-02``, as `Imputer.transform`.
        """
        encoded = self.encoder_.transform(self.imputer_.transform(table)).frame
        levels = self.encoder_.levels_.items()
        implied = {f"{name}={known[0]}" for name, known in levels} | {*self.imputer_.indicators_}
        return encoded[[name for name in encoded if name not in implied]].to_numpy(np.float64)

    def state(self) -> State:
        """Return what was learned."""
        return {
            **parts("imputer", self.imputer_.state()),
            **parts("encoder", self.encoder_.state()),
        }

    def restore(self, state: State) -> Self:
        """Return covariates of these names that have learned `state`."""
        restored = type(self)(self.names)
        restored.imputer_ = Imputer().restore(part_of(state, "imputer"))
        restored.encoder_ = OneHot().restore(part_of(state, "encoder"))
        return restored
