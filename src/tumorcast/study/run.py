"""The line that data takes, from a study file to a report."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tumorcast.engine import Journal, Store
from tumorcast.imaging.guard import start_early
from tumorcast.study.audit import remember, write_checks
from tumorcast.study.checked import write_cohort, write_json
from tumorcast.study.doctor import Examination, examine_plan, usable_part
from tumorcast.study.doubt import Trials, write_scepticism
from tumorcast.study.evidence import null_outcome, validate_arms
from tumorcast.study.extraction import (
    Machinery,
    extract_all,
    model_inputs,
    regions_of,
)
from tumorcast.study.gallery import write_gallery
from tumorcast.study.identity import run_id, versions
from tumorcast.study.kept import CROPS, keep_inputs
from tumorcast.study.load import load
from tumorcast.study.networks import require_devices
from tumorcast.study.perturbed import whole_agreement
from tumorcast.study.plan import Plan, resolve
from tumorcast.study.progress import Progress, no_progress
from tumorcast.study.quality import Quality

STORE_NAME = ".tumorcast-store"
"""Folder beside the run directories in which costly results are kept for the next run."""


@dataclass(frozen=True)
class RunResult:
    """What a run leaves behind."""

    run_dir: Path
    report: Path
    metrics: Mapping[str, Any]
    quality: Quality


def check(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    workers: int = 1,
    progress: Progress = no_progress,
) -> Quality:
    """Judge every case of a study without computing features.

    Raises
    ------
    StudyRefusedError
        When the study as a whole cannot be run.

    See Also
    --------
    examine : the same for a study that cannot be run.
    """
    examined = examine(path, overrides, workers=workers, progress=progress)
    examined.usable()
    return examined.quality


def examine(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    output: str | Path | None = None,
    page: bool = False,
    workers: int = 1,
    progress: Progress = no_progress,
) -> Examination:
    """Judge every case of a study and the cohort as a whole, whatever is found.

    Parameters
    ----------
    output
        Folder for ``quality.json``; what was judged is kept in the store beside it, where a later
        check or run of the same files finds it. ``None`` writes nothing.
    page
        Also write ``check.html`` into `output`, with pictures of the cases.

    Raises
    ------
    StudyRefusedError
        When the study file or its tables cannot be read.
    """
    plan = _resolved(path, overrides, workers)
    if output is None:
        return examine_plan(plan, Machinery(workers, progress))
    folder = Path(output)
    store = Store(folder.resolve().parent / STORE_NAME)
    machinery = Machinery(workers, progress, store)
    examined = examine_plan(plan, machinery)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "quality.json", examined.quality.as_dict())
    if page:
        from tumorcast.report import build_check_page  # noqa: PLC0415  (matplotlib is heavy)

        write_cohort(examined, folder, machinery)
        build_check_page(folder)
    return examined


def run(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    output: str | Path | None = None,
    workers: int = 1,
    null: bool = False,
    progress: Progress = no_progress,
) -> RunResult:
    """Run a study to validated models and a report; what is in the store is not computed again.

    Parameters
    ----------
    output
        Run directory; by default ``runs/NAME`` in the current folder.
    null
        Permute the outcomes among patients first. Every arm must then show an AUROC near 0.5.

    Raises
    ------
    StudyRefusedError
        When the study as a whole cannot be run; nothing was computed.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    plan = _resolved(path, overrides, workers)
    run_dir = Path(output or Path("runs") / plan.study.file.study)
    run_dir.mkdir(parents=True, exist_ok=True)
    journal = Journal(run_dir / "journal.jsonl")
    store = Store(run_dir.resolve().parent / STORE_NAME)
    machinery = Machinery(workers, progress, store, journal)
    journal.write("run started", study=plan.study.file.study, null=null)

    examined = examine_plan(plan, machinery)
    design = examined.usable_design()
    machinery = replace(machinery, names=examined.reading.names)
    extracted = extract_all(examined.usable()[0], plan, machinery, run_dir / "crops")
    quality = examined.quality.with_findings(extracted.findings, extracted.failed)
    cohort, outcome = usable_part(examined.reading, quality)
    inputs = model_inputs(cohort, plan, extracted, run_dir / CROPS)

    write_cohort(examined, run_dir, machinery)
    write_json(run_dir / "plan.json", plan.as_dict())
    write_json(run_dir / "quality.json", quality.as_dict())
    keep_inputs(run_dir, plan, inputs, outcome)
    stability = whole_agreement(inputs.table)
    if stability is not None:
        stability.to_parquet(run_dir / "stability.parquet", index=False)
    metrics, findings = validate_arms(
        plan, inputs, cohort, outcome, design, run_dir, machinery, null=null
    )
    quality = quality.with_findings(findings)
    write_json(run_dir / "quality.json", quality.as_dict())
    write_json(run_dir / "metrics.json", metrics)
    if not outcome.levels:
        learned = null_outcome(plan, outcome, inputs) if null else outcome
        write_scepticism(
            Trials(plan, inputs, cohort, learned, design, metrics, run_dir, machinery, null=null)
        )
        seed = plan.study.file.validation.seed
        write_checks(run_dir, () if null else remember(store.root, outcome, seed))
    write_gallery(cohort, regions_of(plan, tuple(plan.study.file.regions)), run_dir / "gallery")
    write_json(
        run_dir / "run.json",
        {
            "run_id": run_id(plan, inputs, null=null),
            "study": plan.study.file.study,
            "null": null,
            "command": " ".join(["tumorcast", *sys.argv[1:]]),
            "started": started.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - clock, 1),
            "versions": versions(),
        },
    )
    journal.write("run finished", seconds=round(time.perf_counter() - clock, 1))
    from tumorcast.report import build_report  # noqa: PLC0415  (matplotlib is heavy)

    return RunResult(run_dir, build_report(run_dir), metrics, quality)


def _resolved(path: str | Path, overrides: Sequence[str], workers: int) -> Plan:
    """Return the plan; where this process will read scans, its reader starts meanwhile.

    Raises
    ------
    StudyRefusedError
        As `load` and `resolve`; ``TRN-03`` when a network asks for more devices than there are.
    """
    study = load(path, overrides)
    if workers == 1 and study.file.cohort.images:
        start_early()
    plan = resolve(study)
    require_devices(plan.arms)
    return plan
