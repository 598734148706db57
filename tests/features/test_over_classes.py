from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features import RANKERS, SURVIVAL_RANKERS, Among, FeatureTable, OverClasses

LEVELS = ("none", "local", "distant")


def classes() -> tuple[FeatureTable, Outcome]:
    """Return a column for each of three classes and nine of noise."""
    rng = np.random.default_rng(0)
    label = np.arange(90) % 3
    values = rng.normal(size=(90, 12))
    for number, column in enumerate((2, 5, 8)):
        values[:, column] += 2.5 * (label == number)
    ids = [f"case {row:02d}" for row in range(90)]
    frame = pd.DataFrame(values, ids, [f"ct.tumor.c{number}" for number in range(12)])
    return FeatureTable(frame), Outcome(tuple(ids), label, None, LEVELS)


@pytest.mark.parametrize("name", sorted({*RANKERS} - {*SURVIVAL_RANKERS}))
def test_every_class_brings_its_columns(name: str) -> None:
    table, outcome = classes()
    selector = OverClasses(RANKERS[name], 3)
    kept = selector.fit(table, outcome.class_target(), seed=0).kept_
    assert set(kept) <= {"ct.tumor.c2", "ct.tumor.c5", "ct.tumor.c8"}
    assert len(kept) >= 2
    assert selector.clone().restore(selector.state()).kept_ == kept


def test_never_more_columns_than_asked_for() -> None:
    table, outcome = classes()
    for k in (4, 7, 11):
        assert len(OverClasses(RANKERS["univariate"], k).fit(
            table, outcome.class_target(), seed=0).kept_) <= k  # fmt: skip
    few = OverClasses(RANKERS["univariate"], 12).fit(table, outcome.class_target(), seed=0)
    assert few.kept_ == list(table.columns)


def test_an_event_is_selected_for_as_before() -> None:
    table, outcome = classes()
    target = BinaryTarget((outcome.event == 1).astype(np.int64), np.ones(90))
    plain = RANKERS["forest"](4).fit(table, target, seed=3).kept_
    assert OverClasses(RANKERS["forest"], 4).fit(table, target, seed=3).kept_ == plain


def test_blocks_outside_are_kept_whole() -> None:
    table, outcome = classes()
    both = FeatureTable(table.frame.assign(**{"clinical.age": 1.0}))
    selector = Among(("ct",), OverClasses(RANKERS["univariate"], 3))
    kept = selector.fit(both, outcome.class_target(), seed=0).kept_
    assert "clinical.age" in kept
    assert len(kept) == 4
