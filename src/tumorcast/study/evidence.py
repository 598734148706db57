"""Cross-validation of the arms of a plan, on the pool and out of the store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tumorcast.cohort import Cohort, Outcome
from tumorcast.engine import Task, key_of, run_tasks
from tumorcast.errors import Finding
from tumorcast.features import ModelInputs
from tumorcast.study.extraction import Machinery
from tumorcast.study.identity import inputs_digest, outcome_digest, program_version
from tumorcast.study.models import build_class_models, build_models
from tumorcast.study.plan import BASELINES, CENTRE, Plan
from tumorcast.study.pretrained import weights_of
from tumorcast.study.schema_threshold import threshold_rule
from tumorcast.validation import (
    AnyDesign,
    FoldResult,
    FoldTask,
    cross_validate,
    evaluate,
    permuted,
    run_fold,
)

Pair = tuple[FoldTask, FoldResult]


def strata_of(plan: Plan, cohort: Cohort) -> tuple[str, ...] | None:
    """Return what the folds share out evenly beside the outcome, one text a case."""
    file = plan.study.file
    if not file.validation.stratify:
        return None
    parts = [
        cohort.centres
        if name == CENTRE
        else tuple(case.clinical.get(f"{file.columns[name].block}.{name}") for case in cohort)
        for name in file.validation.stratify
    ]
    return tuple("; ".join(map(str, texts)) for texts in zip(*parts, strict=True))


def null_outcome(plan: Plan, outcome: Outcome, inputs: ModelInputs) -> Outcome:
    """Return the outcomes dealt out anew among the patients, as a null run takes them."""
    return permuted(outcome, plan.study.file.validation.seed, inputs.groups)


def validate_arms(
    plan: Plan,
    inputs: ModelInputs,
    cohort: Cohort,
    outcome: Outcome,
    design: AnyDesign,
    run_dir: Path,
    machinery: Machinery,
    *,
    null: bool,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Write predictions, ledger and importances of all arms, and return metrics and findings."""
    checkpoints = run_dir / "checkpoints"
    file = plan.study.file
    if null:
        outcome = null_outcome(plan, outcome, inputs)
    found = cross_validate(
        (build_class_models if outcome.levels else build_models)(plan, checkpoints),
        inputs,
        outcome,
        design,
        horizons_days=file.endpoint.horizons,
        centres=cohort.centres,
        strata=strata_of(plan, cohort),
        repeats={name: arm.repeats for name, arm in plan.arms.items() if arm.repeats},
        runner=StoredFolds(plan, machinery),
    )
    shutil.rmtree(checkpoints, ignore_errors=True)  # what averages took, or killed fits left
    found.predictions.write(run_dir / "predictions.parquet")
    found.ledger.to_parquet(run_dir / "ledger.parquet", index=False)
    found.importance.to_parquet(run_dir / "importance.parquet", index=False)
    found.apparent.to_parquet(run_dir / "apparent.parquet", index=False)
    machinery.progress("metrics", 0, 1)
    metrics = evaluate(
        found.predictions,
        baselines=tuple(BASELINES),
        pairs=file.compare,
        seed=design.seed,
        threshold=threshold_rule(file.validation.threshold),
    )
    machinery.progress("metrics", 1, 1)
    return metrics, found.findings


class StoredFolds:
    """Runs folds on the pool; a fold whose plan, rows and inputs are known is not run again.

    Parameters
    ----------
    stage
        For the progress.
    notes
        What tells the model of an arm from another of the same declaration, as plain JSON.
    """

    def __init__(
        self,
        plan: Plan,
        machinery: Machinery,
        stage: str = "folds",
        notes: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.plan = plan
        self.machinery = machinery
        self.stage = stage
        self.notes = notes

    def __call__(
        self, tasks: Sequence[FoldTask], inputs: ModelInputs, outcome: Outcome
    ) -> Iterator[Pair]:
        """Run the tasks in any order; averages come last, when their members are trained."""
        known = [inputs_digest(inputs), outcome_digest(outcome)]
        tasks = sorted(tasks, key=lambda task: self.plan.arms[task.arm].average is not None)
        queue: list[Task[FoldResult]] = []
        by_label = {}
        for task in tasks:
            key = key_of("fold", program_version(), self._identity(task), known)
            alone = self.plan.devices_of(task.arm) > 1
            queue.append(Task(key, task.label, run_fold, (task, inputs, outcome), alone))
            by_label[task.label] = task
        results = run_tasks(
            queue,
            workers=self.machinery.workers,
            store=self.machinery.store,
            journal=self.machinery.journal,
            on_progress=lambda done, total, _: self.machinery.progress(self.stage, done, total),
        )
        for result in results:
            yield by_label[result.task.label], result.get()

    def _identity(self, task: FoldTask) -> dict[str, Any]:
        return {
            **arm_identity(self.plan, task.arm),
            **({"note": self.notes[task.arm]} if task.arm in self.notes else {}),
            "horizon_days": str(task.horizon_days),
            "seed": task.seed,
            "train": task.split.train.tolist(),
            "test": task.split.test.tolist(),
        }


def arm_identity(plan: Plan, name: str) -> dict[str, Any]:
    """Return everything that makes the model of an arm this model, as plain JSON."""
    arm = plan.arms[name]
    members = {member: plan.arms[member] for member in arm.average or ()}
    return {
        "threshold": str(threshold_rule(plan.study.file.validation.threshold)),
        "arm": json.loads(arm.model_dump_json(exclude={"repeats"})),
        "members": {
            member: json.loads(of_member.model_dump_json(exclude={"repeats"}))
            for member, of_member in members.items()
        },
        "weights": {
            f"{of} {image}": weights.card.sha256
            for of, one in {name: arm, **members}.items()
            for image, weights in weights_of(plan.study, one).items()
        },
    }
