"""A verdict on every block of a study."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tumorcast.study.doubt.ablation import averaged, plan_ablation
from tumorcast.study.doubt.figures import auroc_figures
from tumorcast.study.doubt.steps import gains_of
from tumorcast.study.doubt.trials import NotDoneError, Trials
from tumorcast.validation import Predictions
from tumorcast.validation.verdict import LEVEL, verdicts


def block_verdicts(trials: Trials) -> dict[str, Any]:
    """Fit the models with and without each block and judge what it adds."""
    if not trials.spec.verdicts:
        raise NotDoneError("switched off in the study file (scepticism.verdicts)")
    ablation = plan_ablation(trials.plan, trials.inputs.table)
    if not ablation.steps:
        raise NotDoneError("there is one block only, so there is nothing to compare it with")
    found = trials.fit(ablation.arms, "verdicts", repeats=trials.spec.repeats)
    _keep(trials, "ablation", found.predictions, found.ledger)
    networks = {network for _, network in ablation.averages.values()}
    own = Predictions.read(trials.run_dir / "predictions.parquet").frame
    own = own[own["arm"].isin(networks) & (own["horizon_days"] == trials.horizon_days)]
    joined = Predictions(pd.concat([found.predictions.frame, own], ignore_index=True))
    predictions = averaged(joined, ablation.averages)
    pairs = [(step.with_it, step.without) for step in ablation.steps]
    figures = auroc_figures(predictions, pairs=pairs, seed=trials.seed)
    gains = gains_of(ablation.blocks, ablation.steps, figures["comparisons"])
    judged = verdicts(gains, margin=trials.spec.margin)
    return {
        "margin": trials.spec.margin,
        "level": LEVEL,
        "repeats": trials.spec.repeats,
        "models": figures["arms"],
        "alone": ablation.alone,
        "columns": {block.name: block.n_columns for block in ablation.blocks},
        "blocks": [verdict.as_dict() for verdict in judged],
    }


def _keep(trials: Trials, name: str, predictions: Predictions, ledger: pd.DataFrame) -> None:
    folder = trials.run_dir / "scepticism"
    folder.mkdir(exist_ok=True)
    predictions.write(folder / f"{name}_predictions.parquet")
    ledger.to_parquet(folder / f"{name}_ledger.parquet", index=False)
