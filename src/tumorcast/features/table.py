"""A table whose rows are cases and whose columns know what they measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.features.perturbed import PerturbedBlock


@dataclass(frozen=True)
class ColumnName:
    """The parts of a column's name.

    ``ct.tumor.wavelet-LLH_glcm_Contrast`` has the source ``ct``, the region ``tumor``, the filter
    ``wavelet-LLH``, the family ``glcm`` and the feature ``Contrast``; ``clinical.age`` has the
    source ``clinical`` and the feature ``age``.
    """

    source: str
    region: str
    image_filter: str
    family: str
    feature: str

    @classmethod
    def parse(cls, name: str) -> ColumnName:
        """Take a column's name apart."""
        source, _, rest = name.partition(".")
        region, dot, measure = rest.rpartition(".") if rest.count(".") else ("", "", rest)
        if not dot:
            return cls(source, "", "", "", measure)
        parts = measure.split("_", 2)
        if len(parts) == 3:
            return cls(source, region, parts[0], parts[1], parts[2])
        return cls(source, region, "", "", measure)


@dataclass(frozen=True)
class FeatureTable:
    """Values known at the index date: one row a case, one column a feature.

    Parameters
    ----------
    frame
        Indexed by case id (text). Numeric columns are float64 with NaN for missing; categorical
        columns are of dtype ``object`` with text and ``None`` for missing.
    perturbed
        Repeated measurements of some columns, of the same cases in the same order.
    centres
        Where each case was treated; no column, so no learner can see it. Empty when unknown.
    """

    frame: pd.DataFrame
    perturbed: tuple[PerturbedBlock, ...] = ()
    centres: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.frame.index.is_unique:
            raise ValueError("case ids must be unique in a feature table")
        if not self.frame.columns.is_unique:
            raise ValueError("column names must be unique in a feature table")
        if any(len(block) != len(self.frame) for block in self.perturbed):
            raise ValueError("perturbed features must have the rows of their table")
        if self.centres and len(self.centres) != len(self.frame):
            raise ValueError(f"{len(self.centres)} centres for {len(self.frame)} rows")

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def case_ids(self) -> tuple[str, ...]:
        """Ids in the order of the rows."""
        return tuple(map(str, self.frame.index))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names in the order of the columns."""
        return tuple(map(str, self.frame.columns))

    def rows(self, index: NDArray[np.int64]) -> FeatureTable:
        """Return the rows at these positions."""
        perturbed = tuple(block.rows(index) for block in self.perturbed)
        centres = tuple(self.centres[i] for i in index) if self.centres else ()
        return FeatureTable(self.frame.iloc[index], perturbed, centres)

    def select(self, patterns: Sequence[str]) -> FeatureTable:
        """Return the columns of the blocks named by `patterns`, in the table's order.

        A pattern is a prefix that ends at a dot (``"ct.tumor"``) or a glob
        (``"ct.shell_*"``, ``"*.original_shape_MeshVolume"``).
        """
        chosen = [name for name in self.columns if any(_matches(name, p) for p in patterns)]
        return replace(self, frame=self.frame[chosen])

    def join(self, other: FeatureTable) -> FeatureTable:
        """Return both tables side by side; they must have the same rows in the same order."""
        if self.case_ids != other.case_ids:
            raise ValueError("feature tables of different cases cannot be joined")
        frame = pd.concat([self.frame, other.frame], axis=1)
        return replace(self, frame=frame, perturbed=(*self.perturbed, *other.perturbed))


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or name.startswith(pattern + ".") or fnmatchcase(name, pattern)
