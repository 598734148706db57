"""Explain the out-of-fold predictions of a finished run."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.cohort import Case
from tumorcast.engine import Task, run_tasks
from tumorcast.errors import refuse
from tumorcast.explain.fold import FoldExplanation, explain_fold
from tumorcast.explain.optional import require_captum
from tumorcast.report import build_report, leading_arm
from tumorcast.report.explanation_files import FOLDER
from tumorcast.report.patient_page import build_patient_pages
from tumorcast.report.run_files import RunFiles
from tumorcast.study.checked import write_json
from tumorcast.study.classes import require_explainable
from tumorcast.study.explaining.folds import folds_of, outcome_of, require_same
from tumorcast.study.explaining.place import file_name, place_maps, scans_of, summary_of
from tumorcast.study.explaining.tables import block_table, case_table, column_table, importance_of
from tumorcast.study.kept import KeptRun, read_kept
from tumorcast.study.load import load
from tumorcast.study.plan import Plan, resolve
from tumorcast.study.progress import Progress, no_progress

N_PAGES = 12


@dataclass(frozen=True)
class ExplanationResult:
    """What an explanation leaves behind.

    Parameters
    ----------
    folder
        Holds ``summary.json`` and the tables.
    summary
        ``summary.json``.
    """

    folder: Path
    report: Path
    summary: Mapping[str, Any]


def explain(
    run_dir: str | Path,
    *,
    arm: str | None = None,
    study: str | Path | None = None,
    overrides: Sequence[str] = (),
    cases: int = N_PAGES,
    workers: int = 1,
    progress: Progress = no_progress,
) -> ExplanationResult:
    """Say what the predictions of an arm rest on, each by the model that never saw the case.

    The models of the first repeat's folds are fitted again from what the run has kept, and must
    predict what they predicted there.

    Parameters
    ----------
    run_dir
        What `tumorcast run` wrote; ``explanations/ARM`` in it is replaced.
    arm
        By default the arm that leads the report.
    study, overrides
        The study file that the run was made with, for the maps of a network, which lie on the
        grids of the patients' scans.
    cases
        Number of patients with a page, and with maps: evenly spread over the order of the risk.

    Raises
    ------
    StudyRefusedError
        ``RUN-01`` and ``RUN-02`` when the run is not whole, ``PLN-01`` when it has no such arm,
        ``EXP-01`` when the models, fitted again, predict otherwise; of maps, ``EXP-02`` when captum
        is not installed, ``EXP-03`` when the arm is no network, ``EXP-04`` when the study lacks a
        case; ``EXP-05`` when the endpoint has several classes.
    """
    run_dir = Path(run_dir)
    kept, files = read_kept(run_dir), RunFiles.read(run_dir)
    require_explainable(kept.plan.study.file)
    chosen = leading_arm(run_dir)[0] if arm is None else arm
    _require_arm(kept, chosen)
    shown = spread_over_risk(first_repeat(files, chosen), cases)
    plan = None if study is None else resolve(load(study, overrides))
    scans = {} if plan is None else _scans(kept, chosen, plan, shown)
    folds = _explained(kept, files, chosen, tuple(scans), workers, progress)
    folder = run_dir / FOLDER / chosen
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    summary = _write(folder, kept, files, chosen, folds)
    if plan is not None:
        made = sorted(
            (one for fold in folds for one in fold.maps), key=lambda one: shown.index(one.case)
        )
        placed = place_maps(made, scans, plan, folder)
        findings = [finding.as_dict() for finding in placed.findings]
        write_json(folder / "maps.json", {"maps": placed.entries, "findings": findings})
        summary |= {"maps": summary_of(placed.entries)}
        write_json(folder / "summary.json", summary)
    build_patient_pages(run_dir, chosen, {case: file_name(case) for case in shown})
    return ExplanationResult(folder, build_report(run_dir), summary)


def _require_arm(kept: KeptRun, arm: str) -> None:
    if arm not in kept.plan.arms:
        raise refuse(
            "PLN-01",
            f"the run has no arm '{arm}'",
            expected=f"one of {', '.join(kept.plan.arms)}",
            fix="name one of them",
        )


def _scans(kept: KeptRun, arm: str, plan: Plan, shown: Sequence[str]) -> Mapping[str, Case]:
    if kept.plan.arms[arm].network is None:
        networks = [name for name, one in kept.plan.arms.items() if one.network]
        raise refuse(
            "EXP-03",
            f"maps of the arm '{arm}', which is no network",
            expected=f"one of {', '.join(networks)}" if networks else "a run with a network",
            fix="name it with --arm, or leave out --study",
        )
    require_captum()
    return scans_of(plan, shown)


def first_repeat(files: RunFiles, arm: str) -> pd.Series[float]:
    """Return the risk by case in the first repeat, at the primary horizon."""
    frame = files.predictions.of(arm, files.predictions.horizons_days[0])
    first = frame[frame["repeat"] == frame["repeat"].min()]
    return pd.Series(first["risk"].to_numpy(dtype=np.float64), index=first["case"].tolist())


def spread_over_risk(risk: pd.Series[float], n: int) -> tuple[str, ...]:
    """Return up to n cases, the lowest and the highest risk among them, the highest first."""
    ordered = risk.sort_values(ascending=False, kind="stable").index
    places = np.unique(np.linspace(0, len(ordered) - 1, min(n, len(ordered))).round().astype(int))
    return tuple(str(ordered[place]) for place in places)


def _explained(
    kept: KeptRun,
    files: RunFiles,
    arm: str,
    mapped: Sequence[str],
    workers: int,
    progress: Progress,
) -> list[FoldExplanation]:
    outcome = outcome_of(kept, files)
    alone = kept.plan.devices_of(arm) > 1
    queue = [
        Task(
            f"explain {task.label}",
            task.label,
            explain_fold,
            (task, kept.inputs, outcome, mapped),
            alone,
        )
        for task in folds_of(kept, files, arm)
    ]
    results = run_tasks(
        queue,
        workers=workers,
        on_progress=lambda done, total, _: progress("explanations", done, total),
    )
    folds = sorted((result.get() for result in results), key=lambda fold: fold.fold)
    again = pd.concat([pd.Series(fold.risk, index=list(fold.cases)) for fold in folds])
    require_same(arm, first_repeat(files, arm), again, files.root)
    return folds


def _write(
    folder: Path, kept: KeptRun, files: RunFiles, arm: str, folds: Sequence[FoldExplanation]
) -> dict[str, Any]:
    cases = case_table(folds)
    cases.to_parquet(folder / "cases.parquet", index=False)
    block_table(folds).to_parquet(folder / "blocks.parquet", index=False)
    column_table(folds).to_parquet(folder / "columns.parquet", index=False)
    days = files.predictions.horizons_days[0]
    importance = importance_of(folds, kept, outcome_of(kept, files), days)
    importance.to_parquet(folder / "importance.parquet", index=False)
    summary = {
        "arm": arm,
        "horizon_days": None if np.isinf(days) else days,
        "cases": len(cases),
        "models": len(folds),
        "blocks": list(folds[0].blocks),
        "columns_by": sorted({method for fold in folds for method in fold.methods}),
        "largest_gap": {
            "blocks": float(cases["block_gap"].abs().max()),
            "columns": float(cases["column_gap"].abs().max()),
        },
    }
    write_json(folder / "summary.json", summary)
    return summary
