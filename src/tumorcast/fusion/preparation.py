"""The steps that every learner on a table shares: fill in, encode, scale, select."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.errors import refuse
from tumorcast.features import (
    RANKERS,
    Among,
    ColumnName,
    ColumnSelector,
    CorrelationFilter,
    FeatureTable,
    Imputer,
    Ledger,
    OneHot,
    Scaler,
    StableSelector,
    Step,
)


@dataclass
class Preparation:
    """Impute, one-hot encode, scale and, if asked for, select the columns of some blocks.

    Parameters
    ----------
    blocks
        Prefixes or globs over column names; without any, the prepared table has no columns.
    select
        Number of columns kept by the selector; ``None`` keeps all and filters nothing.
    correlation
        Largest absolute rank correlation between two columns that are both kept.
    selector
        Name in `RANKERS`.
    min_icc
        Smallest agreement of a column over the perturbations of the training rows; ``None`` does
        not ask.
    among
        Blocks that columns are selected from; those of the others are all kept. ``None`` for all.
    """

    blocks: tuple[str, ...]
    select: int | None
    correlation: float
    selector: str = "forest"
    min_icc: float | None = None
    among: tuple[str, ...] | None = None

    def unfitted_steps(self) -> dict[str, Step]:
        """Return the steps by name, in order."""
        steps: dict[str, Step] = {"impute": Imputer(), "one_hot": OneHot(), "scale": Scaler()}
        if self.min_icc is not None:
            steps["stable"] = StableSelector(self.min_icc)
        if self.select is not None:
            steps["correlation"] = self._among(CorrelationFilter(self.correlation))
            steps["select"] = self._among(RANKERS[self.selector](self.select))
        return steps

    def _among(self, selector: ColumnSelector) -> ColumnSelector:
        return selector if self.among is None else Among(self.among, selector)

    def fit(self, table: FeatureTable, target: BinaryTarget, *, seed: int, ledger: Ledger) -> Self:
        """Learn every step from the training rows and write it into `ledger`.

        Raises
        ------
        StudyRefusedError
            ``COL-03`` when a block has no column.
        """
        self._require_blocks(table)
        self.steps_ = self.unfitted_steps()
        table = table.select(self.blocks)
        for name, step in self.steps_.items():
            step.fit(table, target, seed=seed)
            ledger.record(name, table.case_ids, step.state())
            table = replace(step.transform(table), perturbed=table.perturbed)
        self.columns_ = table.columns
        return self

    def _require_blocks(self, table: FeatureTable) -> None:
        empty = [block for block in self.blocks if not table.select([block]).columns]
        if empty:
            sources = sorted({ColumnName.parse(name).source for name in table.columns})
            raise refuse(
                "COL-03",
                f"no column belongs to {', '.join(repr(block) for block in empty)}",
                expected=f"blocks of the sources {sources}",
                fix="correct the blocks of this arm, or add the images or columns that they name",
            )

    def transform(self, table: FeatureTable) -> FeatureTable:
        """Return the prepared columns: complete, numeric and scaled."""
        table = table.select(self.blocks)
        for step in self.steps_.values():
            table = step.transform(table)
        return table

    def state(self) -> Mapping[str, NDArray[np.generic]]:
        """Return what every step has learned, as ``step/name``, and the prepared columns."""
        steps = {
            f"{name}/{key}": value
            for name, step in self.steps_.items()
            for key, value in step.state().items()
        }
        return {**steps, "columns": np.array(self.columns_, dtype=np.str_)}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> Self:
        """Return a preparation with these settings whose steps have learned `state`."""
        restored = replace(self)
        restored.steps_ = {
            name: step.restore(part_of(state, name)) for name, step in self.unfitted_steps().items()
        }
        restored.columns_ = tuple(state["columns"].tolist())
        return restored


def part_of(state: Mapping[str, NDArray[np.generic]], part: str) -> dict[str, NDArray[np.generic]]:
    """Return the entries ``part/name`` of a state under their own names."""
    start = f"{part}/"
    return {key.removeprefix(start): value for key, value in state.items() if key.startswith(start)}
