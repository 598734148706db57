"""Checks on the ledger: what every fitted step has seen."""

from __future__ import annotations

from collections.abc import Callable
from math import isinf

from tumorcast.study.audit.finished import Answer, FinishedRun, failed, not_applicable, passed

Judge = Callable[[FinishedRun], Answer]


def fitted_inside(*kinds: str, absent: str) -> Judge:
    """Return the check that steps of these kinds saw nobody they were tested on.

    Parameters
    ----------
    kinds
        First words of the steps' names.
    absent
        What to say where there is no such step.
    """

    def judge(run: FinishedRun) -> Answer:
        steps = run.of_kind(*kinds)
        if steps.empty:
            return not_applicable(absent)
        broken = steps[(steps["strangers"] > 0) | steps["violation"].astype(bool)]
        if len(broken):
            first = broken.iloc[0]
            return failed(
                f"{len(broken)} of {len(steps)} fits saw patients that their model was tested on,"
                f" the first being '{first['step']}' of {first['arm']}, repeat {first['repeat']},"
                f" fold {first['fold']}"
            )
        return passed(f"{len(steps)} fits, none of which saw a patient it was tested on")

    return judge


def no_case_twice(run: FinishedRun) -> Answer:
    """Judge whether a step learned from copies of a case."""
    broken = run.steps[run.steps["twice"] > 0]
    if len(broken):
        return failed(f"'{broken.iloc[0]['step']}' of {broken.iloc[0]['arm']} saw a case twice")
    return passed(f"no case was copied: {len(run.steps)} fits saw each of their cases once")


def patients_apart(run: FinishedRun) -> Answer:
    """Judge whether cases of one patient stand on both sides of a fold."""
    broken = run.steps[run.steps["strangers"] > 0]
    patients = run.predictions.drop_duplicates("case")["patient"]
    several = int((patients.value_counts() > 1).sum())
    if len(broken):
        n_models = len(broken.drop_duplicates(["arm", "repeat", "fold"]))
        return failed(f"patients on both sides of the folds of {n_models} models")
    return passed(
        f"{patients.nunique()} patients, {several} of them with several cases, all of which stay"
        " on one side"
    )


def tuned_inside(run: FinishedRun) -> Answer:
    """Judge whether a choice between models, or of hyperparameters, saw the test rows."""
    inside = fitted_inside(
        "choose", absent="no arm chooses between selectors, learners or hyperparameters"
    )
    return inside(run)


def censoring_weighted(run: FinishedRun) -> Answer:
    """Judge whether cases censored before the horizon are stood in for."""
    if run.predictions["time"].isna().any():
        return not_applicable("the endpoint has no times")
    finite = [days for days in run.predictions["horizon_days"].unique() if not isinf(days)]
    if not finite:
        return not_applicable("the horizon is the whole follow-up")
    frame = run.predictions.drop_duplicates("case")
    before = int(((frame["event"] == 0) & (frame["time"] < min(finite))).sum())
    return passed(
        f"{before} cases censored before {min(finite):g} days are stood in for by weights"
    )
