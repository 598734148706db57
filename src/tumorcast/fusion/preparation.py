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
    Combat,
    CorrelationFilter,
    FeatureTable,
    Imputer,
    Ledger,
    NearConstantFilter,
    OneHot,
    OverClasses,
    Scaler,
    StableSelector,
    Step,
    part_of,
)


@dataclass
class Preparation:
    """Harmonise if asked for, impute, encode, scale, and select the columns of some blocks.

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
    harmonise
        Takes the centres' effects out of columns before all else; ``None`` does not. Its covariates
        need not be in `blocks`.
    near_constant
        Largest share of the training rows with one value in a column that is kept; ``None`` does
        not ask.
    """

    blocks: tuple[str, ...]
    select: int | None
    correlation: float
    selector: str = "forest"
    min_icc: float | None = None
    among: tuple[str, ...] | None = None
    harmonise: Combat | None = None
    near_constant: float | None = None

    def unfitted_steps(self) -> dict[str, Step]:
        """Return the steps by name, in order."""
        steps: dict[str, Step] = {}
        if self.harmonise is not None:
            steps["harmonise"] = self.harmonise.clone()
        steps |= {"impute": Imputer(), "one_hot": OneHot(), "scale": Scaler()}
        if self.near_constant is not None:
            steps["near_constant"] = self._among(NearConstantFilter(self.near_constant))
        if self.min_icc is not None:
            steps["stable"] = StableSelector(self.min_icc)
        if self.select is not None:
            steps["correlation"] = self._among(CorrelationFilter(self.correlation))
            steps["select"] = self._among(OverClasses(RANKERS[self.selector], self.select))
        return steps

    def _among(self, selector: ColumnSelector) -> ColumnSelector:
        return selector if self.among is None else Among(self.among, selector)

    def fit(self, table: FeatureTable, target: BinaryTarget, *, seed: int, ledger: Ledger) -> Self:
        """Learn every step from the training rows and write it into `ledger`.

        Raises
        ------
        StudyRefusedError
            ``COL-03`` when a block has no column; ``HRM-02`` as `Combat.learn`.
        """
        self._require_blocks(table)
        self.steps_ = self.unfitted_steps()
        table = self._offered(table)
        for name, step in self.steps_.items():
            step.fit(table, target, seed=seed)
            ledger.record(name, table.case_ids, step.state())
            table = replace(self._changed(table, step), perturbed=table.perturbed)
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
        table = self._offered(table)
        for step in self.steps_.values():
            table = self._changed(table, step)
        return table

    def has_values(self, table: FeatureTable) -> NDArray[np.bool_]:
        """Return whether a row has any value in the blocks, shape (n,).

        Once fitted, after harmonisation, which may have made those of an unseen centre missing.
        """
        steps = self.steps_ if hasattr(self, "steps_") else {}
        table = self._offered(table)
        if "harmonise" in steps:
            table = steps["harmonise"].transform(table)
        known = table.select(self.blocks).frame.notna().to_numpy(dtype=bool)
        return np.asarray(known.any(axis=1))

    def matrix(self, table: FeatureTable) -> NDArray[np.float64]:
        """Return the values of `transform`, shape (n, columns)."""
        return np.asarray(self.transform(table).frame.to_numpy(dtype=np.float64))

    def _offered(self, table: FeatureTable) -> FeatureTable:
        return table.select((*self.blocks, *(self.harmonise.covariates if self.harmonise else ())))

    def _changed(self, table: FeatureTable, step: Step) -> FeatureTable:
        """Return what a step makes of a table; covariates go no further than harmonisation."""
        changed = step.transform(table)
        return changed.select(self.blocks) if isinstance(step, Combat) else changed

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
