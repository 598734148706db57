"""Select from some blocks and keep all columns of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features.selector import ColumnSelector
from tumorcast.features.table import FeatureTable


@dataclass
class Among(ColumnSelector):
    """Let a selector see the columns of some blocks alone; every other column is kept.

    So that some dozens of radiomics columns are chosen and no clinical variable has to compete
    with thousands.

    Parameters
    ----------
    blocks
        Prefixes or globs over column names.
    selector
        Chooses among the columns of the blocks.
    """

    blocks: tuple[str, ...]
    selector: ColumnSelector

    def choose_from(
        self, table: FeatureTable, target: BinaryTarget | None, *, seed: int
    ) -> NDArray[np.int64]:
        """Return the columns outside the blocks and those that the selector chooses inside."""
        part = table.select(self.blocks)
        known = set(part.columns)
        inside = np.array([name in known for name in table.columns], dtype=np.bool_)
        chosen = self.selector.choose_from(part, target, seed=seed)
        return np.concatenate([np.flatnonzero(~inside), np.flatnonzero(inside)[chosen]])

    def choose(
        self,
        matrix: NDArray[np.float64],
        target: BinaryTarget | None,  # noqa: ARG002
        *,
        seed: int,  # noqa: ARG002
    ) -> NDArray[np.int64]:
        """Return every column: without names none is in a block."""
        return np.arange(matrix.shape[1])
