"""Every arm on every split, and the tables that come out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.cohort import Outcome
from tumorcast.errors import Finding
from tumorcast.features import ModelInputs
from tumorcast.validation.contract import ClassOutcomeModel, OutcomeModel
from tumorcast.validation.fold import FoldTask, run_fold
from tumorcast.validation.plan import AnyDesign, plan_validation
from tumorcast.validation.predictions import Predictions

FoldResult = dict[str, Any]
Runner = Callable[[Sequence[FoldTask], ModelInputs, Outcome], Iterable[tuple[FoldTask, FoldResult]]]
"""Runs tasks in any order: here, or on a pool with a store."""


@dataclass(frozen=True)
class CrossValidation:
    """What a cross-validation leaves behind.

    Parameters
    ----------
    predictions
        Out-of-fold predictions.
    ledger
        One row a fitted step: arm, repeat, fold, horizon_days, step, n_cases, cases (the ids that
        it saw, one a line), state_digest, violation (whether a test case is among them; never
        true, because that stops the run).
    importance
        One row a used column: arm, repeat, fold, horizon_days, column, importance.
    apparent
        One row a model: arm, repeat, fold, horizon_days, auroc: that of its own training rows.
    findings
        Horizons that were cut to the follow-up (``VAL-02``), and what the fits have to say.
    """

    predictions: Predictions
    ledger: pd.DataFrame
    importance: pd.DataFrame
    apparent: pd.DataFrame
    findings: tuple[Finding, ...] = ()


@dataclass
class _Tables:
    predictions: list[pd.DataFrame] = field(default_factory=list)
    ledger: list[tuple[object, ...]] = field(default_factory=list)
    importance: list[tuple[object, ...]] = field(default_factory=list)
    apparent: list[tuple[object, ...]] = field(default_factory=list)
    findings: list[tuple[str, Finding]] = field(default_factory=list)


def run_here(
    tasks: Sequence[FoldTask], inputs: ModelInputs, outcome: Outcome
) -> Iterable[tuple[FoldTask, FoldResult]]:
    """Run tasks in this process, one after the other."""
    for task in tasks:
        yield task, run_fold(task, inputs, outcome)


def cross_validate(
    arms: Mapping[str, OutcomeModel] | Mapping[str, ClassOutcomeModel],
    inputs: ModelInputs,
    outcome: Outcome,
    design: AnyDesign,
    *,
    horizons_days: Sequence[float],
    centres: Sequence[str] | None = None,
    strata: Sequence[str] | None = None,
    repeats: Mapping[str, int] | None = None,
    runner: Runner = run_here,
) -> CrossValidation:
    """Validate every arm on the same splits, so that arms can be compared case by case.

    Parameters
    ----------
    arms
        Unfitted models by name; of an outcome with classes all `ClassOutcomeModel`.
    inputs, outcome
        The same cases in the same order.
    horizons_days
        The first is stratified by; those beyond the follow-up are cut (`plan_validation`).
    centres
        Centre of each case, for the predictions table and for designs by centre.
    strata
        Subtype, centre or the like of each case, which the folds share out evenly.
    repeats
        Fewer repeats than the design's for costly arms, by name.

    Raises
    ------
    StudyRefusedError
        ``VAL-01`` when a fold would hold one class only, ``VAL-08`` when it would lack one of
        several, ``VAL-03`` when the follow-up is too short for any horizon.
    LeakError
        When a fitted step saw a test case.
    """
    if inputs.case_ids != outcome.case_ids:
        raise ValueError("inputs and outcome must have the same cases in the same order")
    plan = plan_validation(outcome, inputs.groups, design, horizons_days, strata, centres)
    tasks = [
        FoldTask(arm, model, days, split, fold_seed(design.seed, split.repeat, split.fold))
        for split in plan.splits
        for days in plan.horizons_days
        for arm, model in arms.items()
        if split.repeat < (repeats or {}).get(arm, design.repeats)
    ]
    order = {id(task): number for number, task in enumerate(tasks)}
    done = sorted(runner(tasks, inputs, outcome), key=lambda pair: order[id(pair[0])])
    tables = _Tables()
    cases = _case_columns(inputs, outcome, centres)
    for task, result in done:
        _collect(tables, task, result, cases)
    return CrossValidation(
        Predictions(_in_arm_order(pd.concat(tables.predictions), list(arms), plan.horizons_days)),
        pd.DataFrame(
            tables.ledger,
            columns=[*_KEY, "step", "n_cases", "cases", "state_digest", "violation"],
        ).astype({"cases": "category"}),
        pd.DataFrame(tables.importance, columns=[*_KEY, "column", "importance"]),
        pd.DataFrame(tables.apparent, columns=[*_KEY, "auroc"]),
        (*plan.findings, *_told_once(tables.findings)),
    )


def _told_once(findings: Iterable[tuple[str, Finding]]) -> Iterator[Finding]:
    """Give each arm's findings with its name, those that are alike in several fits once."""
    for (arm, finding), times in Counter(findings).items():
        where = f"arm '{arm}'" if times == 1 else f"arm '{arm}', {times} fits"
        yield replace(finding, found=f"{where}: {finding.found}")


_KEY = ["arm", "repeat", "fold", "horizon_days"]


def fold_seed(seed: int, repeat: int, fold: int) -> int:
    """Return the seed of the fits of a fold, from that of the design."""
    sequence = np.random.SeedSequence([seed, repeat, fold])
    return int(sequence.generate_state(1)[0] % 2**31)


def _case_columns(
    inputs: ModelInputs, outcome: Outcome, centres: Sequence[str] | None
) -> pd.DataFrame:
    time = np.full(len(outcome), np.nan) if outcome.time_days is None else outcome.time_days
    columns = {
        "patient": list(inputs.groups),
        "centre": list(centres) if centres is not None else "",
        "event": outcome.event,
        "time": time,
    }
    if outcome.levels:
        columns["level"] = [outcome.levels[number] for number in outcome.event]
    return pd.DataFrame(columns, index=pd.Index(inputs.case_ids, name="case", dtype=object))


def _collect(tables: _Tables, task: FoldTask, result: FoldResult, cases: pd.DataFrame) -> None:
    key = (task.arm, task.split.repeat, task.split.fold, task.horizon_days)
    frame = cases.loc[result["case"]].reset_index()
    frame[_KEY] = key
    for name in ("risk", "probability"):
        frame[name] = result[name]
    frame["threshold"] = result.get("threshold", np.nan)
    if "class" in result:
        frame["class"] = result["class"]
        frame["event"] = (frame.pop("level") == frame["class"]).astype(np.int64)
    tables.predictions.append(frame)
    seen = [_seen(rows, task, cases) for rows in result["rows"]]
    tables.ledger += [
        (*key, step, *seen[rows][:2], digest, seen[rows][2])
        for step, rows, digest in result["steps"]
    ]
    tables.findings += [(task.arm, Finding(**found)) for found in result.get("findings", ())]
    tables.importance += [(*key, *item) for item in result["importance"].items()]
    tables.apparent.append((*key, result.get("apparent_auroc")))


def _seen(rows: list[int], task: FoldTask, cases: pd.DataFrame) -> tuple[int, str, bool]:
    """Return how many cases a step saw, which, and whether one of them was tested."""
    tested = bool(np.isin(rows, task.split.test).any())
    return len(rows), "\n".join(cases.index[rows]), tested


def _in_arm_order(
    frame: pd.DataFrame, arms: list[str], horizons_days: Sequence[float]
) -> pd.DataFrame:
    place = {days: number for number, days in enumerate(horizons_days)}
    keys = pd.DataFrame(
        {
            "horizon": frame["horizon_days"].map(place),
            "arm": frame["arm"].map(arms.index),
            "repeat": frame["repeat"],
            "fold": frame["fold"],
        }
    )
    order = np.lexsort([keys[name] for name in ("fold", "repeat", "arm", "horizon")])
    columns = ["case", "patient", "centre", "arm", "repeat", "fold", "horizon_days", "risk",
               "probability", "event", "time", "threshold"]  # fmt: skip
    columns += ["class"] * ("class" in frame)
    return frame.iloc[order][columns].reset_index(drop=True)
