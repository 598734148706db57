"""One simulated study, from its patients to what it would report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.features import FeatureTable, ModelInputs
from tumorcast.metrics import aurocs
from tumorcast.study.doubt.figures import auroc_figures
from tumorcast.study.doubt.steps import Blocks, gains_of, steps_of
from tumorcast.study.power.planned import PlannedStudy
from tumorcast.study.power.population import Population
from tumorcast.validation import (
    Design,
    FittedFold,
    FoldResult,
    FoldTask,
    OutcomeModel,
    cross_validate,
    fit_fold,
    tested_fold,
)
from tumorcast.validation.verdict import verdicts

N_FRESH = 4000
"""Patients of the population, half of them with the event, on whom the models of a study are
judged; the AUROC of 0.7 that they show has a standard error of 0.008."""


def simulate_study(study: PlannedStudy, patients: int, number: int) -> dict[str, Any]:
    """Draw the patients of one study, analyse them and return what would be reported.

    The seed of the study, the number of patients and that of the study decide all that is drawn,
    whatever else is simulated.

    Returns
    -------
    Plain JSON: ``arms`` by name with ``value``, ``ci_low``, ``ci_high`` and ``reached``, the AUROC
    of the folds' models for fresh patients of the population, who are dealt among the models as
    the tested patients were; ``blocks``, the verdicts as a run writes them.
    """
    entropy = [study.seed, patients, number]
    rng = np.random.default_rng(entropy)
    population = Population.of(study)
    event = np.zeros(patients, np.int64)
    event[: study.n_events(patients)] = 1
    inputs = _inputs(population, rng.permutation(event), rng)
    blocks = [block.as_block() for block in study.blocks]
    parts, steps = steps_of(blocks)
    keeper = _Keeper()
    seed = int(np.random.SeedSequence(entropy).generate_state(1)[0] % 2**31)
    found = cross_validate(
        _models(study, parts), inputs.inputs, inputs.outcome,
        Design(study.folds, study.repeats, seed), horizons_days=[np.inf], runner=keeper,
    )  # fmt: skip
    pairs = [(step.with_it, step.without) for step in steps]
    told = auroc_figures(found.predictions, pairs=pairs, seed=seed)
    judged = verdicts(gains_of(blocks, steps, told["comparisons"]), margin=study.margin)
    reached = _reached(keeper.fitted, population, rng)
    return {
        "arms": {
            arm: {**figures, "reached": reached[arm]} for arm, figures in told["arms"].items()
        },
        "blocks": [verdict.as_dict() for verdict in judged],
    }


def _models(study: PlannedStudy, parts: Mapping[str, Blocks]) -> dict[str, OutcomeModel]:
    """Return the models of the verdicts, which select among the columns of images alone."""
    from tumorcast.fusion import TabularModel  # noqa: PLC0415  (torch is heavy)

    models: dict[str, OutcomeModel] = {}
    for name, part in parts.items():
        among = tuple(sorted(block.name for block in part if block.from_image))
        models[name] = TabularModel(
            tuple(sorted(block.name for block in part)),
            study.learner,
            study.keep if among else None,
            study.correlation if among else 1.0,
            study.selector,
            among=among or None,
        )
    return models


@dataclass(frozen=True)
class _Drawn:
    inputs: ModelInputs
    outcome: Outcome


def _inputs(population: Population, event: NDArray[np.int64], rng: np.random.Generator) -> _Drawn:
    names = [
        f"{block.name}.x{column:05d}"
        for block in population.blocks
        for column in range(block.columns)
    ]
    values = np.hstack(population.draw(event, rng))
    index = [f"P{number:05d}" for number in range(len(event))]
    inputs = ModelInputs(FeatureTable(pd.DataFrame(values, index, names)))
    return _Drawn(inputs, Outcome(inputs.case_ids, event))


@dataclass
class _Keeper:
    """Runs folds as a run does, and keeps the fitted models."""

    fitted: dict[tuple[str, int], list[FittedFold]] = field(default_factory=dict)

    def __call__(
        self, tasks: Sequence[FoldTask], inputs: ModelInputs, outcome: Outcome
    ) -> Iterable[tuple[FoldTask, FoldResult]]:
        for task in tasks:
            fitted = fit_fold(task, inputs, outcome)
            self.fitted.setdefault((task.arm, task.split.repeat), []).append(fitted)
            yield task, tested_fold(fitted, task, inputs, outcome)


def _reached(
    fitted: Mapping[tuple[str, int], Sequence[FittedFold]],
    population: Population,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return the AUROC of each arm's models for fresh patients, averaged over repeats."""
    event = np.arange(N_FRESH) // (N_FRESH // 2)
    fresh = _inputs(population, event, rng).inputs
    of_arm: dict[str, list[float]] = {}
    for (arm, _), folds in fitted.items():
        risk = np.empty(N_FRESH)
        for fold, one in enumerate(folds):
            mine = np.arange(fold, N_FRESH, len(folds))
            risk[mine] = one.model.predict_risk(fresh.rows(mine)) - one.mean_risk
        of_arm.setdefault(arm, []).append(float(aurocs(event, risk, np.ones((1, N_FRESH)))[0]))
    return {arm: float(np.mean(values)) for arm, values in of_arm.items()}
