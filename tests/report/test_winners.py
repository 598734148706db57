from __future__ import annotations

import pandas as pd

from tumorcast.report.winners import winners_of

ARMS = {
    "volume": {"blocks": ["volume"], "grid": None},
    "best": {"blocks": ["ct"], "grid": {"selectors": ["mrmr", "lasso"], "learners": ["svm"]}},
}


def ledger(chosen: list[tuple[int, int, str]], horizon_days: float = 730.0) -> pd.DataFrame:
    rows = [
        ("best", repeat, fold, horizon_days, step)
        for repeat, fold, pair in chosen
        for step in (f"{pair}/learn", f"choose {pair}")
    ]
    return pd.DataFrame(rows, columns=["arm", "repeat", "fold", "horizon_days", "step"])


def test_the_choice_of_every_fold_is_counted_and_those_never_chosen_are_named() -> None:
    steps = ledger([(0, 0, "lasso, svm"), (0, 1, "lasso, svm"), (1, 0, "lasso, svm")])
    (best,) = winners_of(steps, ARMS, 730.0)
    assert (best.arm, best.n_models) == ("best", 3)
    assert [(c.names, c.folds) for c in best.candidates] == [
        (("svm", "lasso"), ("1.1", "1.2", "2.1")),
        (("svm", "mrmr"), ()),
    ]


def test_the_settings_of_a_search_are_counted_and_those_inside_a_grid_are_not() -> None:
    steps = ledger([(0, 0, "cost 0.3"), (0, 1, "defaults"), (1, 0, "cost 0.3")])
    (searched,) = winners_of(steps, {"best": {"blocks": ["ct"], "grid": None}}, 730.0)
    assert searched.searched
    assert [(c.names, c.folds) for c in searched.candidates] == [
        (("cost 0.3",), ("1.1", "2.1")),
        (("defaults",), ("1.2",)),
    ]
    inside = steps.assign(step="lasso, svm/" + steps["step"])
    assert winners_of(inside, ARMS, 730.0) == ()


def test_other_horizons_are_not_counted_and_without_a_ledger_nothing_is_known() -> None:
    assert winners_of(ledger([(0, 0, "lasso, svm")], 365.0), ARMS, 730.0) == ()
    assert winners_of(None, ARMS, 730.0) == ()
