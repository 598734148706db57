"""One fit and its predictions: the only place that calls `fit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import FittedStep, Ledger, ModelInputs, State
from tumorcast.metrics import aurocs
from tumorcast.validation.class_fold import class_predictions
from tumorcast.validation.contract import ClassOutcomeModel, LockableModel, OutcomeModel
from tumorcast.validation.plain import plain_number
from tumorcast.validation.splits import Split


class LeakError(RuntimeError):
    """A fitted step saw a case that it must not have seen. The run stops."""


@dataclass(frozen=True)
class FoldTask:
    """An arm that is to be fitted on one split for one horizon."""

    arm: str
    model: OutcomeModel | ClassOutcomeModel
    horizon_days: float
    split: Split
    seed: int

    @property
    def label(self) -> str:
        """For people."""
        return (
            f"{self.arm} at {self.horizon_days:g} days, repeat {self.split.repeat}, "
            f"fold {self.split.fold}"
        )


@dataclass(frozen=True)
class FittedFold:
    """A model and what its fit has seen.

    Parameters
    ----------
    model
        Fitted.
    training_risk
        Risk of the training rows, shape (n,).
    ledger
        Checked: no step saw a test case.
    """

    model: OutcomeModel
    training_risk: NDArray[np.float64]
    ledger: Ledger

    @property
    def mean_risk(self) -> float:
        """What risks of this model are counted from."""
        return float(np.mean(self.training_risk))


def fit_fold(task: FoldTask, inputs: ModelInputs, outcome: Outcome) -> FittedFold:
    """Fit on the training rows and check what the fit has seen.

    Raises
    ------
    LeakError
        When a fitted step saw a test case, or another case of a test patient.
    """
    if isinstance(task.model, ClassOutcomeModel):
        raise TypeError("a model of several classes has no risk of an event")
    model = task.model.clone()
    ledger = _fit(model, task, inputs, outcome)
    return FittedFold(model, model.predict_risk(inputs.rows(task.split.train)), ledger)


def _fit(
    model: OutcomeModel | ClassOutcomeModel, task: FoldTask, inputs: ModelInputs, outcome: Outcome
) -> Ledger:
    train, ledger = task.split.train, Ledger()
    model.fit(
        inputs.rows(train),
        outcome.rows(train),
        horizon_days=task.horizon_days,
        seed=task.seed,
        ledger=ledger,
    )
    check_ledger(ledger.steps, task, inputs)
    return ledger


def run_fold(task: FoldTask, inputs: ModelInputs, outcome: Outcome) -> dict[str, Any]:
    """Fit on the training rows, predict the test rows and check what the fit has seen.

    The model is handed the training rows and nothing else; the test rows come after.

    Returns
    -------
    Plain JSON: ``case``, ``risk``, ``probability`` (parallel lists), ``threshold``, ``importance``
    by column, ``steps`` of the ledger (name, which of ``rows``, digest of the learned state),
    ``rows`` (positions in `inputs` of the cases that a step saw, each set once), the fit's
    ``findings`` and ``apparent_auroc``: that of the training rows, which is too good by what is
    called optimism. Of an endpoint of several classes the lists have an entry a case and class,
    named in ``class``, and there are no threshold and no apparent AUROC; see `class_predictions`.

    The risk is counted from the mean risk of the training rows, so that the folds of a repeat can
    be pooled: without it, a fold whose training rows hold one event more predicts higher
    throughout although its test rows hold one event less.

    Raises
    ------
    LeakError
        When a fitted step saw a test case, or another case of a test patient.
    """
    if isinstance(task.model, ClassOutcomeModel):
        return _run_classes(task.model.clone(), task, inputs, outcome)
    return tested_fold(fit_fold(task, inputs, outcome), task, inputs, outcome)


def tested_fold(
    fitted: FittedFold, task: FoldTask, inputs: ModelInputs, outcome: Outcome
) -> dict[str, Any]:
    """Return what `run_fold` does, of the fitted model of this task."""
    model = fitted.model
    tested = inputs.rows(task.split.test)
    risk = model.predict_risk(tested) - fitted.mean_risk
    return {
        "case": list(tested.case_ids),
        "risk": _finite(risk, task),
        "probability": _finite(model.predict_probability(tested), task),
        "threshold": float(model.threshold),
        "importance": model.importance(),
        **_record(fitted.ledger, inputs),
        "apparent_auroc": _auroc(
            fitted.training_risk, outcome.rows(task.split.train), task.horizon_days
        ),
    }


def _run_classes(
    model: ClassOutcomeModel, task: FoldTask, inputs: ModelInputs, outcome: Outcome
) -> dict[str, Any]:
    ledger = _fit(model, task, inputs, outcome)
    train, tested = inputs.rows(task.split.train), inputs.rows(task.split.test)
    predicted = class_predictions(model, train, tested, outcome.levels)
    for name in ("risk", "probability"):
        predicted[name] = _finite(predicted[name], task)
    return {**predicted, "importance": model.importance(), **_record(ledger, inputs)}


def _record(ledger: Ledger, inputs: ModelInputs) -> dict[str, Any]:
    seen = list(dict.fromkeys(step.case_ids for step in ledger.steps))
    position = {case_id: row for row, case_id in enumerate(inputs.case_ids)}
    return {
        "steps": [[s.step, seen.index(s.case_ids), s.state_digest] for s in ledger.steps],
        "rows": [sorted(position[case_id] for case_id in case_ids) for case_ids in seen],
        "findings": [finding.as_dict() for finding in ledger.findings],
    }


@dataclass(frozen=True)
class LockTask:
    """An arm that is to be fitted once on all rows, for patients who are not among them."""

    arm: str
    model: LockableModel
    horizon_days: float
    seed: int

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.arm} at {self.horizon_days:g} days, all cases"


def run_lock(task: LockTask, inputs: ModelInputs, outcome: Outcome) -> State:
    """Fit on all rows and return what was learned. Nothing is judged on these rows."""
    model = task.model.clone()
    model.fit(inputs, outcome, horizon_days=task.horizon_days, seed=task.seed, ledger=Ledger())
    return dict(model.state())


def check_ledger(steps: Sequence[FittedStep], task: FoldTask, inputs: ModelInputs) -> None:
    """Raise unless every fitted step saw training cases alone, and something was fitted at all.

    A step that keeps a false record cannot be seen here; poisoned test rows that change a
    digest of the ledger show it.
    """
    ids, groups = np.array(inputs.case_ids), np.array(inputs.groups)
    allowed = set(ids[task.split.train])
    tested = set(groups[task.split.test])
    patient = dict(zip(ids, groups, strict=True))
    if not steps:
        raise LeakError(f"{task.label}: the model kept no record of what it was fitted on")
    for step in steps:
        strange = [c for c in step.case_ids if c not in allowed or patient[c] in tested]
        if strange:
            raise LeakError(
                f"{task.label}: the step '{step.step}' was fitted on {len(strange)} cases outside "
                f"the training rows, the first being {strange[0]}"
            )


def _auroc(risk: NDArray[np.float64], outcome: Outcome, horizon_days: float) -> float | None:
    target = outcome.binary_at(horizon_days)
    return plain_number(float(aurocs(target.label, risk, target.weight[np.newaxis])[0]))


def _finite(values: NDArray[np.float64], task: FoldTask) -> list[float]:
    if not np.all(np.isfinite(values)):
        raise ValueError(f"{task.label}: the model predicted NaN or infinity")
    return [float(value) for value in values]
