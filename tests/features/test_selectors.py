"""The contract, run over every selector there is, and seen to fail on bad ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.features import (
    SELECTORS,
    ColumnSelector,
    CorrelationFilter,
    FeatureTable,
    ForestSelector,
    UnivariateSelector,
    check_selector,
)


@pytest.mark.parametrize("name", SELECTORS)
def test_every_selector_keeps_the_contract(name: str) -> None:
    check_selector(SELECTORS[name])


@pytest.mark.parametrize(
    "make",
    [lambda: CorrelationFilter(0.1), lambda: ForestSelector(k=3), lambda: UnivariateSelector(k=1)],
)
def test_selectors_with_other_settings_keep_the_contract(
    make: Callable[[], ColumnSelector],
) -> None:
    check_selector(make)


class Forgetful(UnivariateSelector):
    def clone(self) -> Forgetful:
        return Forgetful(k=2)


class Careless(UnivariateSelector):
    def transform(self, table: FeatureTable) -> FeatureTable:
        return FeatureTable(super().transform(table).frame * 2)


class FirstRow(UnivariateSelector):
    def fit(self, table: FeatureTable, target: BinaryTarget | None, *, seed: int) -> FirstRow:
        values = table.frame.to_numpy()
        if np.isnan(values).any():
            raise ValueError
        self.kept_ = [table.columns[i] for i in np.flatnonzero(values[0] >= np.median(values[0]))]
        return self


class Objects(UnivariateSelector):
    def state(self) -> dict[str, NDArray[np.generic]]:
        return {"kept": np.array(self.kept_, dtype=object)}


class Nothing(UnivariateSelector):
    def choose(
        self, matrix: NDArray[np.float64], target: BinaryTarget | None, *, seed: int
    ) -> NDArray[np.int64]:
        return np.arange(0)


class Lenient(UnivariateSelector):
    def fit(self, table: FeatureTable, target: BinaryTarget | None, *, seed: int) -> Lenient:
        super().fit(FeatureTable(table.frame.fillna(0.0)), target, seed=seed)
        return self


@pytest.mark.parametrize(
    ("selector", "fault"),
    [
        (Forgetful, "a clone with the same seed"),
        (Careless, "changes values"),
        (FirstRow, "order of the rows"),
        (Objects, "objects in its state"),
        (Nothing, "keeps no column"),
        (Lenient, "accepts missing values"),
    ],
)
def test_a_selector_that_breaks_the_contract_is_caught(
    selector: type[UnivariateSelector], fault: str
) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_selector(selector)
