"""The folds of a finished run, ready to be fitted again."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.cohort import Outcome
from tumorcast.errors import StudyRefusedError, refuse
from tumorcast.report.run_files import RunFiles, require_files
from tumorcast.study.kept import KeptRun
from tumorcast.study.models import build_models
from tumorcast.validation import FoldTask, Split, fold_seed, permuted

MAX_DIFFERENCE = 1e-6
"""Two fits of one fold may differ this much in a risk: by the order in which a sum is taken."""


def outcome_of(kept: KeptRun, files: RunFiles) -> Outcome:
    """Return the outcomes that the run has learned from: dealt out anew in a null run."""
    if files.run.get("null"):
        return permuted(kept.outcome, kept.plan.study.file.validation.seed, kept.inputs.groups)
    return kept.outcome


def folds_of(kept: KeptRun, files: RunFiles, arm: str) -> list[FoldTask]:
    """Return the fits of an arm at the primary horizon in the first repeat.

    The ledger says which rows each fit has seen.
    """
    require_files(files.root, ("ledger.parquet",))
    days = files.predictions.horizons_days[0]
    tested = files.predictions.of(arm, days)
    tested = tested[tested["repeat"] == tested["repeat"].min()]
    place = {case: row for row, case in enumerate(kept.inputs.case_ids)}
    ledger = pd.DataFrame() if files.ledger is None else files.ledger
    model = build_models(kept.plan)[arm]
    seed = kept.plan.study.file.validation.seed
    tasks = []
    for (repeat, fold), rows in tested.groupby(["repeat", "fold"]):
        learned = ledger[
            (ledger["arm"] == arm)
            & (ledger["horizon_days"] == days)
            & (ledger["repeat"] == repeat)
            & (ledger["fold"] == fold)
        ]
        train = _positions(
            (case for cases in learned["cases"] for case in cases.split("\n")), place
        )
        split = Split(int(repeat), int(fold), train, _positions(rows["case"], place))
        tasks.append(FoldTask(arm, model, days, split, fold_seed(seed, split.repeat, split.fold)))
    return tasks


def _positions(cases: Iterable[str], place: dict[str, int]) -> NDArray[np.int64]:
    return np.array(sorted({place[case] for case in cases}), dtype=np.int64)


def require_same(arm: str, kept: pd.Series[float], again: pd.Series[float], run_dir: Path) -> None:
    """Refuse to explain models that do not predict what the run's did, with ``EXP-01``.

    Parameters
    ----------
    kept, again
        Risk by case in the run and of the models fitted again.
    """
    apart = (again - kept.reindex(again.index)).abs()
    largest = float(apart.max()) if len(apart) else math.nan
    if not largest <= MAX_DIFFERENCE * max(1.0, float(kept.abs().max())):
        raise _other_models(arm, largest, str(apart.idxmax()), run_dir)


def _other_models(arm: str, largest: float, case: str, run_dir: Path) -> StudyRefusedError:
    return refuse(
        "EXP-01",
        f"the models of '{arm}', fitted again, predict otherwise than in the run: by up to "
        f"{largest:.3g} in the risk, of case {case}",
        expected="the same predictions from the same rows and seeds",
        fix="explain the run on the machine and with the versions that run.json names, or run the "
        "study again",
        file=str(run_dir / "predictions.parquet"),
    )
