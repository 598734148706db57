"""Steps that keep some of the columns and change nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.matrix import complete_matrix, names_array, require_columns
from tumorcast.features.step import State
from tumorcast.features.table import FeatureTable


@dataclass
class ColumnSelector(ABC):
    """A step that chooses columns; those chosen are in `kept_`, in the table's order.

    Rows are put in the order of their case ids before `choose` sees them, so the order in which
    they come does not matter, not even to a seeded choice.
    """

    kept_: list[str] = field(init=False, repr=False, compare=False)

    def clone(self) -> Self:
        """Return an unfitted selector with the same settings."""
        return replace(self)

    @abstractmethod
    def choose(
        self, matrix: NDArray[np.float64], target: BinaryTarget | None, *, seed: int
    ) -> NDArray[np.int64]:
        """Return the positions of the columns to keep.

        Parameters
        ----------
        matrix
            Complete values, shape (n, columns) with at least one row and one column.
        target
            Labels and weights of the rows.
        seed
            Decides whatever is random.
        """

    def choose_from(
        self, table: FeatureTable, target: BinaryTarget | None, *, seed: int
    ) -> NDArray[np.int64]:
        """Return the positions of the columns to keep; the rows are in the order of their ids."""
        matrix = complete_matrix(table)
        return self.choose(matrix, target, seed=seed) if matrix.size else np.arange(0)

    def fit(self, table: FeatureTable, target: BinaryTarget | None, *, seed: int) -> Self:
        """Choose the columns on the training rows.

        Raises
        ------
        ValueError
            When a value is missing or a column is not numeric.
        """
        order = np.argsort(names_array(table.case_ids), kind="stable")
        if target is not None:
            target = target.rows(order)
        chosen = self.choose_from(table.rows(order), target, seed=seed)
        columns = table.columns
        self.kept_ = [columns[position] for position in np.sort(chosen)]
        return self

    def transform(self, table: FeatureTable) -> FeatureTable:
        """Return the chosen columns."""
        require_columns(table, self.kept_)
        return FeatureTable(table.frame[self.kept_])

    def state(self) -> State:
        """Return the names of the chosen columns."""
        return {"kept": names_array(self.kept_)}

    def restore(self, state: State) -> Self:
        """Return a selector that has chosen the columns of `state`."""
        restored = self.clone()
        restored.kept_ = state["kept"].tolist()
        return restored


def require_target(target: BinaryTarget | None) -> BinaryTarget:
    """Return the target of a selector that cannot do without labels."""
    if target is None:
        raise ValueError("this selector ranks columns by the label, so it needs a target")
    return target


def require_times(target: BinaryTarget | None) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which rows had the event, and days, of a selector that cannot do without times."""
    outcome = require_target(target).outcome
    if outcome is None or outcome.time_days is None:
        raise ValueError("this selector ranks columns by the times, so it needs them")
    return outcome.event == 1, outcome.time_days


def best(score: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the positions of the `k` highest scores; of equals the first."""
    return np.argsort(-score, kind="stable")[:k]
