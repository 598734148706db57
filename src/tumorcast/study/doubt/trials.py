"""Models that are fitted only to doubt a run's figures, on the pool and out of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tumorcast.cohort import Cohort, Outcome
from tumorcast.features import ModelInputs
from tumorcast.report.results import read_results
from tumorcast.report.roles import assign_roles
from tumorcast.study.doubt.blocks import table_arms
from tumorcast.study.evidence import StoredFolds, strata_of
from tumorcast.study.extraction import Machinery
from tumorcast.study.models import build_models
from tumorcast.study.plan import Plan
from tumorcast.study.schema import Arm
from tumorcast.study.schema_scepticism import ScepticismSpec
from tumorcast.validation import (
    AnyDesign,
    CrossValidation,
    Design,
    OutcomeModel,
    cross_validate,
    plan_validation,
)


class NotDoneError(Exception):
    """A doubt cannot be raised about this run; its text says why."""


@dataclass(frozen=True)
class Trials:
    """A run that is over, and the means to fit more models as it did.

    Parameters
    ----------
    plan, inputs, cohort, outcome, design, machinery
        Of the run; the outcome is the one that the models learned from.
    metrics
        The content of its ``metrics.json``.
    run_dir
        Where its tables are.
    null
        Whether the outcomes were dealt out anew.
    """

    plan: Plan
    inputs: ModelInputs
    cohort: Cohort
    outcome: Outcome
    design: AnyDesign
    metrics: Mapping[str, Any]
    run_dir: Path
    machinery: Machinery
    null: bool = False

    @property
    def spec(self) -> ScepticismSpec:
        """How much is to be doubted."""
        return self.plan.study.file.scepticism

    @property
    def seed(self) -> int:
        """Seed of the validation."""
        return self.plan.study.file.validation.seed

    @property
    def horizon_days(self) -> float:
        """The primary horizon as it was validated."""
        return read_results(self.metrics)[0].horizon_days

    @property
    def training_events(self) -> float:
        """Events by the primary horizon among the training rows of a fold, on average."""
        planned = plan_validation(
            self.outcome, self.inputs.groups, self.design, [self.horizon_days],
            strata_of(self.plan, self.cohort), self.cohort.centres,
        )  # fmt: skip
        label = self.outcome.binary_at(self.horizon_days).label
        return float(np.mean([label[split.train].sum() for split in planned.splits]))

    @property
    def leading(self) -> str:
        """The arm on tables with the highest AUROC, one beside the baselines if there is any."""
        results = read_results(self.metrics)[0]
        on_tables = {
            name
            for name, arm in self.plan.arms.items()
            if arm.network is None and arm.average is None
        }
        arms = {name: found for name, found in results.arms.items() if name in on_tables}
        declared = {name: arm.model_dump(mode="json") for name, arm in self.plan.arms.items()}
        if not arms:
            raise NotDoneError("no model is on tables alone, and networks are not trained again")
        own = {name: found for name, found in arms.items() if name in table_arms(self.plan)}
        return assign_roles(replace(results, arms=own or arms), declared).lead

    def fit(
        self,
        arms: Mapping[str, Arm],
        stage: str,
        *,
        repeats: int = 1,
        inputs: ModelInputs | None = None,
        outcome: Outcome | None = None,
        models: Mapping[str, OutcomeModel] | None = None,
        notes: Mapping[str, object] | None = None,
        drawn: bool = False,
    ) -> CrossValidation:
        """Validate arms at the primary horizon by the study's design.

        Parameters
        ----------
        stage
            For the progress.
        repeats
            Of the design, at most.
        inputs, outcome
            Others than the run's.
        models
            Of the arms, where these do not say all; then `notes` tells them apart in the store.
        drawn
            Draws folds also where the study says itself who is tested.
        """
        plan = replace(self.plan, arms=dict(arms))
        spec = plan.study.file.validation
        design = Design(spec.folds, spec.repeats, spec.seed) if drawn else self.design
        if isinstance(design, Design):
            design = replace(design, repeats=min(repeats, design.repeats))
        return cross_validate(
            models or build_models(plan),
            self.inputs if inputs is None else inputs,
            self.outcome if outcome is None else outcome,
            design,
            horizons_days=[self.horizon_days],
            centres=self.cohort.centres,
            strata=None if drawn else strata_of(plan, self.cohort),
            runner=StoredFolds(plan, self.machinery, stage, notes or {}),
        )
