"""Tables that the tests of the learned steps share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import BinaryTarget
from tumorcast.features import FeatureTable

MakeTable = Callable[[Mapping[str, Sequence[object]]], FeatureTable]


@pytest.fixture
def make_table() -> MakeTable:
    """Return a function that makes a table; columns with text become categorical."""

    def make(columns: Mapping[str, Sequence[object]]) -> FeatureTable:
        n = len(next(iter(columns.values())))
        typed = {
            name: np.array(
                values, dtype=object if any(isinstance(v, str) for v in values) else np.float64
            )
            for name, values in columns.items()
        }
        return FeatureTable(pd.DataFrame(typed, [f"p{number:03d}" for number in range(n)]))

    return make


@pytest.fixture
def noise() -> Callable[[int, int], tuple[FeatureTable, BinaryTarget]]:
    """Return a function that makes columns which know nothing of a label with 25% events."""

    def make(n: int, columns: int) -> tuple[FeatureTable, BinaryTarget]:
        random = np.random.default_rng(n + columns)
        values = random.normal(size=(n, columns))
        index = [f"p{number:04d}" for number in range(n)]
        names = [f"ct.tumor.original_noise_{number}" for number in range(columns)]
        label = (np.arange(n) % 4 == 0).astype(np.int64)
        table = FeatureTable(pd.DataFrame(values, index, names))
        return table, BinaryTarget(label, np.ones(n))

    return make
