"""What every selector and every other step must do, checked on small made-up tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features.ledger import state_digest
from tumorcast.features.perturbed import PerturbedBlock
from tumorcast.features.selector import ColumnSelector
from tumorcast.features.step import Step
from tumorcast.features.table import FeatureTable

_ROWS = 60
_SEED = 7


def check_selector(make: Callable[[], ColumnSelector]) -> None:
    """Check a selector of your own as those of tumorcast are checked.

    Parameters
    ----------
    make
        Returns the selector, unfitted, with the settings to be checked.

    Raises
    ------
    AssertionError
        When it changes values, names or their order, gives another choice for the same rows in
        another order, accepts missing values, loses its settings in `clone`, or when `restore`
        does not bring back what `state` said.
    """
    table, target = _example(columns=80)
    selector = make().fit(table, target, seed=_SEED)
    _check_output(selector, table)
    _check_repeats(make, selector, table, target)
    _check_state(selector, table)
    _check_refuses_missing(make, table, target)
    for columns in (0, 1, 3):
        narrow, narrow_target = _example(columns=columns)
        _check_output(make().fit(narrow, narrow_target, seed=_SEED), narrow)
    constant = FeatureTable(table.frame.assign(**{"ct.tumor.c0": 1.0}), table.perturbed)
    _check_output(make().fit(constant, target, seed=_SEED), constant)


def check_step(
    make: Callable[[], Step], table: FeatureTable, target: BinaryTarget | None = None
) -> None:
    """Check a step of your own as those of tumorcast are checked.

    Parameters
    ----------
    make
        Returns the step, unfitted, with the settings to be checked.
    table, target
        Rows that it can learn from, two or more.

    Raises
    ------
    AssertionError
        When a row's result depends on the other rows that are transformed with it, when the order
        of the training rows matters, a clone learns otherwise, or `restore` does not bring back
        what `state` said.
    """
    step = make().fit(table, target, seed=_SEED)
    digest = state_digest(step.state())
    again = step.clone().fit(table, target, seed=_SEED)
    _require(digest == state_digest(again.state()), "learns otherwise as a clone", "step")
    order = np.random.default_rng(1).permutation(len(table))
    shuffled = None if target is None else target.rows(order)
    moved = make().fit(table.rows(order), shuffled, seed=_SEED)
    same = digest == state_digest(moved.state())
    _require(same, "learns otherwise from the rows in another order", "step")
    kinds = {array.dtype.kind for array in step.state().values()}
    _require("O" not in kinds, "has objects in its state", "step")
    whole = step.transform(table).frame
    alone = [step.transform(table.rows(np.array([row]))).frame for row in range(len(table))]
    _require(pd.concat(alone).equals(whole), "lets a row depend on the others", "step")
    restored = step.clone().restore(step.state()).transform(table).frame
    _require(restored.equals(whole), "is not brought back by restore(state)", "step")


def _example(columns: int) -> tuple[FeatureTable, BinaryTarget]:
    random = np.random.default_rng(columns)
    label = (np.arange(_ROWS) % 3 == 0).astype(np.int64)
    values = random.normal(size=(_ROWS, columns))
    values[:, ::4] += label[:, np.newaxis]
    values[:, 1::5] = np.round(values[:, 1::5])
    index = [f"case {number:03d}" for number in range(_ROWS)]
    names = [f"ct.tumor.c{number}" for number in range(columns)]
    noise = random.normal(size=(_ROWS, 3, columns)) * np.linspace(0, 2, columns)
    perturbed = (PerturbedBlock.of(values[:, np.newaxis] + noise, names),)
    weight = np.where(np.arange(_ROWS) % 7 == 0, 0.0, random.uniform(1, 2, _ROWS))
    time_days = np.round(random.exponential(np.where(label == 1, 300, 900))) + 1
    outcome = Outcome(tuple(index), label, time_days)
    table = FeatureTable(pd.DataFrame(values, index, names), perturbed)
    return table, BinaryTarget(label, weight, outcome)


def _check_output(selector: ColumnSelector, table: FeatureTable) -> None:
    chosen = selector.transform(table)
    kept = set(chosen.columns)
    _require(chosen.case_ids == table.case_ids, "changes the rows")
    in_order = tuple(name for name in table.columns if name in kept)
    _require(chosen.columns == in_order, "renames columns or changes their order")
    _require(bool(kept) == bool(table.columns), "keeps no column")
    _require(chosen.frame.equals(table.frame[list(in_order)]), "changes values")


def _check_repeats(
    make: Callable[[], ColumnSelector],
    selector: ColumnSelector,
    table: FeatureTable,
    target: BinaryTarget,
) -> None:
    digest = state_digest(selector.state())
    again = selector.clone().fit(table, target, seed=_SEED)
    _require(digest == state_digest(again.state()), "a clone with the same seed chooses otherwise")
    order = np.random.default_rng(1).permutation(len(table))
    shuffled = target.rows(order)
    moved = make().fit(table.rows(order), shuffled, seed=_SEED)
    _require(digest == state_digest(moved.state()), "the order of the rows changes the choice")


def _check_state(selector: ColumnSelector, table: FeatureTable) -> None:
    state = selector.state()
    kinds = {array.dtype.kind for array in state.values()}
    _require("O" not in kinds, "has objects in its state")
    restored = selector.clone().restore(state)
    same = restored.transform(table).frame.equals(selector.transform(table).frame)
    _require(same, "restore(state) does not bring back what was learned")


def _check_refuses_missing(
    make: Callable[[], ColumnSelector], table: FeatureTable, target: BinaryTarget
) -> None:
    frame = table.frame.copy()
    frame.iloc[3, 0] = np.nan
    try:
        make().fit(FeatureTable(frame), target, seed=_SEED)
    except ValueError:
        return
    raise AssertionError("the selector accepts missing values")


def _require(condition: bool, fault: str, what: str = "selector") -> None:
    if not condition:
        raise AssertionError(f"the {what} {fault}")
