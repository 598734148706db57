from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import logrank_test

from tumorcast.cohort import BinaryTarget, Outcome
from tumorcast.features import SURVIVAL_RANKERS, FeatureTable, UnivariateSelector
from tumorcast.features.cox_lasso import CoxLassoSelector
from tumorcast.features.cox_score import UnivariateCoxSelector, score_statistics

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "cox_score"
NAMES = ["first", "second", "flag"]


@pytest.mark.parametrize(("time", "judged"), [("time", "untied"), ("month", "tied")])
def test_the_statistics_are_those_of_coxph(time: str, judged: str) -> None:
    rows = pd.read_csv(ORACLE / "rows.csv")
    expected = pd.read_csv(ORACLE / "statistics.csv")[judged]
    found = score_statistics(
        rows[NAMES].to_numpy(np.float64),
        rows["event"].to_numpy() == 1,
        rows[time].to_numpy(np.float64),
    )
    assert found == pytest.approx(expected.to_numpy(), rel=1e-9)


def test_by_hand() -> None:
    """At risk 0, 1, 1 on day 1 and 1, 1 on day 2: the second event says nothing."""
    found = score_statistics(
        np.array([[0.0], [1.0], [1.0]]), np.array([True, True, False]), np.array([1.0, 2.0, 3.0])
    )
    assert found == pytest.approx([(0 - 2 / 3) ** 2 / (2 / 3 * 1 / 3)])


def test_on_two_values_it_is_the_log_rank_test() -> None:
    rows = pd.read_csv(ORACLE / "rows.csv")
    parts = [rows[rows["flag"] == value] for value in (0, 1)]
    judge = logrank_test(
        parts[0]["time"], parts[1]["time"], parts[0]["event"], parts[1]["event"]
    ).test_statistic
    found = score_statistics(
        rows[["flag"]].to_numpy(np.float64), rows["event"].to_numpy() == 1, rows["time"].to_numpy()
    )
    assert found == pytest.approx([judge])


def late_effect(seed: int = 0) -> tuple[FeatureTable, BinaryTarget]:
    """Return a column that orders the times after a horizon by which all had the event."""
    rng = np.random.default_rng(seed)
    n = 80
    values = rng.normal(size=(n, 12))
    time = np.exp(-2 * values[:, 4] + 0.1 * rng.normal(size=n)) * 100
    ids = tuple(f"case {row:02d}" for row in range(n))
    outcome = Outcome(ids, np.ones(n, dtype=np.int64), time)
    names = [f"ct.tumor.c{number}" for number in range(12)]
    label = rng.permutation(np.arange(n) % 2)
    target = BinaryTarget(label.astype(np.int64), np.ones(n), outcome)
    return FeatureTable(pd.DataFrame(values, list(ids), names)), target


@pytest.mark.parametrize("name", SURVIVAL_RANKERS)
def test_times_choose_what_the_state_at_a_horizon_cannot_see(name: str) -> None:
    table, target = late_effect()
    assert SURVIVAL_RANKERS[name](1).fit(table, target, seed=0).kept_ == ["ct.tumor.c4"]
    by_label = UnivariateSelector(1).fit(table, target, seed=0).kept_
    assert by_label != ["ct.tumor.c4"]


@pytest.mark.parametrize("name", SURVIVAL_RANKERS)
def test_times_are_needed(name: str) -> None:
    table, target = late_effect()
    without = BinaryTarget(target.label, target.weight)
    fact_only = BinaryTarget(target.label, target.weight, Outcome(table.case_ids, target.label))
    for lacking in (without, fact_only):
        with pytest.raises(ValueError, match="by the times"):
            SURVIVAL_RANKERS[name](1).fit(table, lacking, seed=0)


def test_a_strange_value_does_not_decide() -> None:
    table, target = late_effect()
    values = table.frame.to_numpy().copy()
    values[np.argmax(values[:, 4]), 0] = -1e6
    spoiled = FeatureTable(pd.DataFrame(values, table.frame.index, list(table.columns)))
    assert UnivariateCoxSelector(1).fit(spoiled, target, seed=0).kept_ == ["ct.tumor.c4"]


def test_the_lasso_leaves_out_what_repeats_the_best_column() -> None:
    table, target = late_effect()
    rng = np.random.default_rng(5)
    both = table.frame["ct.tumor.c4"] - 0.4 * table.frame["ct.tumor.c7"]
    time = np.exp(-2 * both.to_numpy() + 0.1 * rng.normal(size=len(both))) * 100
    outcome = Outcome(table.case_ids, np.ones(len(both), dtype=np.int64), time)
    again = BinaryTarget(target.label, target.weight, outcome)
    copy = table.frame["ct.tumor.c4"] + 0.01 * rng.normal(size=len(both))
    repeated = FeatureTable(table.frame.assign(**{"ct.tumor.copy": copy}))
    alone = UnivariateCoxSelector(2).fit(repeated, again, seed=0).kept_
    assert set(alone) == {"ct.tumor.c4", "ct.tumor.copy"}
    together = CoxLassoSelector(2).fit(repeated, again, seed=0).kept_
    assert len(set(together) & {"ct.tumor.c4", "ct.tumor.copy"}) == 1
    assert "ct.tumor.c7" in together
