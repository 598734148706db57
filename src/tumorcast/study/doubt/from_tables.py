"""Doubts that need no further fit: optimism, events for what is learned, unstable selections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tumorcast.metrics import selection_stability
from tumorcast.study.doubt.trials import NotDoneError, Trials
from tumorcast.validation.plain import plain_number


def optimism(trials: Trials) -> dict[str, Any]:
    """Return how much better each arm looks on its own training rows than on new ones."""
    apparent = _at_horizon(trials, "apparent.parquet").dropna(subset="auroc")
    means = apparent.groupby("arm", sort=False)["auroc"].mean()
    arms = [
        {
            "arm": arm,
            "apparent": float(means[arm]),
            "cross_validated": found["auroc"]["value"],
            "optimism": float(means[arm]) - found["auroc"]["value"],
        }
        for arm, found in trials.metrics["arms"].items()
        if arm in means and found["auroc"]["value"] is not None
    ]
    if not arms:
        raise NotDoneError("the folds come from a store of an earlier version, which kept none")
    return {"arms": arms}


def events_per_parameter(trials: Trials) -> dict[str, Any]:
    """Return events by candidate column, and by column that a fitted model uses, of every arm."""
    used = _at_horizon(trials, "importance.parquet")
    n_used = used.groupby(["arm", "repeat", "fold"], sort=False).size().groupby("arm").median()
    n_events = next(iter(trials.metrics["arms"].values()))["auroc"]["n_events"]
    arms = []
    for name, arm in trials.plan.arms.items():
        candidates = len(trials.inputs.table.select(arm.blocks).columns)
        kept = float(n_used[name]) if name in n_used and arm.average is None else 0.0
        arms.append(
            {
                "arm": name,
                "network": arm.network is not None,
                "candidates": candidates,
                "per_candidate": n_events / candidates if candidates else None,
                "used": kept or None,
                "per_used": n_events / kept if kept else None,
            }
        )
    return {"n_events": n_events, "arms": arms}


def stability_of_selection(trials: Trials) -> dict[str, Any]:
    """Return Nogueira's measure of every arm whose models choose among columns."""
    used = _at_horizon(trials, "importance.parquet")
    found = []
    for name, rows in used.groupby("arm", sort=False):
        arm = trials.plan.arms[str(name)]
        candidates = _candidates(trials, rows, arm.blocks)
        chosen = pd.crosstab([rows["repeat"], rows["fold"]], rows["column"]).to_numpy() > 0
        if arm.select is None or arm.average is not None or chosen.all():
            continue
        never = np.zeros((len(chosen), candidates - chosen.shape[1]), dtype=np.bool_)
        value, low, high = selection_stability(np.hstack([chosen, never]))
        found.append(
            {
                "arm": str(name),
                "value": plain_number(value),
                "ci_low": plain_number(low),
                "ci_high": plain_number(high),
                "models": len(chosen),
                "candidates": candidates,
            }
        )
    if not found:
        raise NotDoneError("no arm chooses among columns")
    return {"arms": found}


def _candidates(trials: Trials, rows: pd.DataFrame, blocks: tuple[str, ...]) -> int:
    """Return columns that an arm can choose among; levels of categories as the models saw them."""
    columns = trials.inputs.table.select(blocks).columns
    return len({*columns, *(str(column) for column in rows["column"])})


def _at_horizon(trials: Trials, name: str) -> pd.DataFrame:
    frame = pd.read_parquet(trials.run_dir / name)
    return frame[frame["horizon_days"] == trials.horizon_days]
