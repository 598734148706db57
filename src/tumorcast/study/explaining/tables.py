"""The tables that an explanation leaves in a run directory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tumorcast.cohort import Outcome
from tumorcast.explain.fold import FoldExplanation
from tumorcast.explain.permutation import N_SHUFFLES, auroc_drop
from tumorcast.study.kept import KeptRun


def case_table(folds: Sequence[FoldExplanation]) -> pd.DataFrame:
    """Return one row a case: its score, the base, and by how much the parts miss the score."""
    tables = []
    for fold in folds:
        by_case = dict.fromkeys(fold.cases, 0.0)
        for one in fold.columns:
            by_case[one.case] += one.shapley
        of_columns = np.array([by_case[case] for case in fold.cases])
        of_blocks = np.sum(list(fold.blocks.values()), axis=0)
        tables.append(
            pd.DataFrame(
                {
                    "case": list(fold.cases),
                    "fold": fold.fold,
                    "risk": fold.risk,
                    "score": fold.score,
                    "base": fold.base,
                    "method": list(fold.methods),
                    "block_gap": fold.base + of_blocks - fold.score,
                    "column_gap": fold.column_base + of_columns - fold.score,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def block_table(folds: Sequence[FoldExplanation]) -> pd.DataFrame:
    """Return one row a case and block: its Shapley value."""
    tables = [
        pd.DataFrame({"case": list(fold.cases), "block": block, "shapley": values})
        for fold in folds
        for block, values in fold.blocks.items()
    ]
    return pd.concat(tables, ignore_index=True)


def column_table(folds: Sequence[FoldExplanation]) -> pd.DataFrame:
    """Return one row a case and column that its model uses: its Shapley value."""
    rows = [
        (one.case, one.column, one.block, one.shapley, one.error)
        for fold in folds
        for one in fold.columns
    ]
    return pd.DataFrame(rows, columns=["case", "column", "block", "shapley", "error"])


def importance_of(
    folds: Sequence[FoldExplanation], kept: KeptRun, outcome: Outcome, horizon_days: float
) -> pd.DataFrame:
    """Return one row a block and column: the fall of the AUROC when it is dealt out anew.

    A model that does not use a column predicts the same without it.
    """
    place = {case: row for row, case in enumerate(kept.inputs.case_ids)}
    rows = np.concatenate([[place[case] for case in fold.cases] for fold in folds])
    risk = np.concatenate([fold.risk for fold in folds])
    target = outcome.rows(rows).binary_at(horizon_days)
    patients = [kept.inputs.groups[row] for row in rows]
    names = dict.fromkeys(key for fold in folds for key in fold.shuffled)
    seed, found = kept.plan.study.file.validation.seed, []
    for key in names:
        parts = [fold.shuffled.get(key, np.tile(fold.risk, (N_SHUFFLES, 1))) for fold in folds]
        drop = auroc_drop(target, risk, np.concatenate(parts, axis=1), patients, seed=seed)
        if drop is not None:
            found.append((*key, drop.mean, drop.low, drop.high))
    columns = ["level", "name", "block", "auroc_drop", "ci_low", "ci_high"]
    return pd.DataFrame(found, columns=columns)
