"""From a finished run to a bundle: the models fitted once more on all cases, and sealed."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast.cohort.schema import CohortSource
from tumorcast.encoders import SeenCase, WeightsCard
from tumorcast.engine import Store, Task, key_of, run_tasks
from tumorcast.errors import refuse
from tumorcast.features import ColumnName
from tumorcast.report import leading_arm, write_locked_card
from tumorcast.report.run_files import document_of
from tumorcast.study.checked import write_json
from tumorcast.study.classes import require_lockable
from tumorcast.study.evidence import arm_identity
from tumorcast.study.extraction import Machinery
from tumorcast.study.identity import inputs_digest, outcome_digest, program_version
from tumorcast.study.kept import KeptRun, read_kept, study_document, with_files_in
from tumorcast.study.load import Study
from tumorcast.study.locked.envelope import Envelope, measures_of
from tumorcast.study.locked.fingerprint import fingerprints
from tumorcast.study.locked.model import ABOUT, RANGES
from tumorcast.study.locked.reference import REFERENCE, typical_patient
from tumorcast.study.locked.seal import write_seal
from tumorcast.study.locked.state_files import write_state
from tumorcast.study.models import build_models
from tumorcast.study.plan import BASELINES, Plan
from tumorcast.study.pretrained import cards_of
from tumorcast.study.progress import Progress, no_progress
from tumorcast.study.run import STORE_NAME
from tumorcast.study.schema import Arm
from tumorcast.study.schema_networks import NetworkSpec
from tumorcast.validation import LockTask, run_lock
from tumorcast.validation.plain import horizon_name


@dataclass(frozen=True)
class BundleResult:
    """A bundle that was written.

    Parameters
    ----------
    folder
        Where.
    digest
        SHA-256 of its seal: to be told to whoever receives it.
    lead
        The arm that it is about.
    about
        ``bundle.json``.
    """

    folder: Path
    digest: str
    lead: str
    about: Mapping[str, Any]


def bundle(
    run_dir: str | Path,
    output: str | Path,
    *,
    arm: str | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> BundleResult:
    """Lock the model of a run into a folder of safetensors, JSON and Parquet, without any code.

    The arm and the baselines that it has to beat are fitted once more, on all cases of the run:
    the cross-validation says what such a model is worth, and none of its folds is kept. The folder
    holds no id, path or outcome of anybody; a k-nearest-neighbour or support vector model holds
    rows of the training table, without ids. The model card of the run, for this arm, lies beside
    them.

    Parameters
    ----------
    run_dir
        What `tumorcast run` wrote.
    output
        Folder to write; it must not exist, unless it is a bundle.
    arm
        By default the arm that leads the report.

    Raises
    ------
    StudyRefusedError
        ``RUN-01`` and ``RUN-02`` when the run is not whole, ``RUN-03`` when its outcomes were
        permuted, ``PLN-01`` when it has no such arm, ``BND-05`` when something else lies at the
        output.
    """
    run_dir, output = Path(run_dir), Path(output)
    kept = read_kept(run_dir)
    documents = {
        name: document_of(run_dir / f"{name}.json") for name in ("run", "metrics", "cohort")
    }
    _require_real_outcomes(run_dir, documents["run"])
    _require_free(output)
    lead, n_candidates = leading_arm(run_dir)
    lead = _chosen(arm, kept.plan) or lead
    arms = (lead, *(name for name in BASELINES if name in kept.plan.arms and name != lead))
    states = _fitted(kept, arms, documents["metrics"], run_dir, workers, progress)

    part = output.with_name(f"{output.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    entries = []
    for number, ((name, days), state) in enumerate(states.items()):
        write_state(part, f"model_{number:02d}", state)
        entries.append(
            {
                "arm": name,
                "horizon_days": None if math.isinf(days) else days,
                "file": f"model_{number:02d}",
            }
        )
    about = {
        "program": program_version(),
        "study": _without_places(study_document(_with_own_files(kept.plan, part))),
        "lead": lead,
        "chosen": _how_chosen(arm, n_candidates),
        "arms": list(dict.fromkeys(_with_members(kept.plan, arms))),
        "models": entries,
        **_looked_at(kept, arms),
        "pretrained_on": sorted(_pretrained_on(kept.plan, arms)),
        "fingerprints": sorted(fingerprints(_images(kept, documents["cohort"]))),
        "training": _training(kept),
        "performance": _performance(documents["metrics"], arms),
    }
    envelope = _envelope(kept, lead, documents["cohort"])
    envelope.ranges.to_parquet(part / RANGES)
    if not any(kept.plan.arms[name].network for name in _with_members(kept.plan, [lead])):
        frame = kept.inputs.table.frame[list(about["columns"])]
        typical_patient(frame, kept.inputs.groups).to_parquet(part / REFERENCE)
    write_json(part / ABOUT, {**about, "envelope": envelope.as_dict()})
    thresholds = _thresholds(kept.plan, lead, states)
    write_locked_card(part, run_dir, about, left_out=envelope.left_out, thresholds=thresholds)
    digest = write_seal(part)
    shutil.rmtree(output, ignore_errors=True)
    part.rename(output)
    return BundleResult(output, digest, lead, about)


def _how_chosen(arm: str | None, n_candidates: int) -> str:
    if arm is not None:
        return "named"
    if n_candidates == 1:
        return "the only one beside the baselines"
    return f"best of {n_candidates} arms by cross-validated AUROC"


def _fitted(
    kept: KeptRun,
    arms: Sequence[str],
    metrics: Mapping[str, Any],
    run_dir: Path,
    workers: int,
    progress: Progress,
) -> dict[tuple[str, float], Mapping[str, Any]]:
    require_lockable(kept.plan.study.file)
    models = build_models(kept.plan)
    horizons = [math.inf if days == "all" else float(days) for days in metrics["horizons"]]
    known = [inputs_digest(kept.inputs), outcome_digest(kept.outcome)]
    queue = []
    places = {}
    for arm in arms:
        for days in horizons:
            task = LockTask(arm, models[arm], days, kept.plan.study.file.validation.seed)
            identity = arm_identity(kept.plan, arm) | {"days": str(days), "seed": task.seed}
            key = key_of("lock", program_version(), identity, known)
            alone = kept.plan.devices_of(arm) > 1
            queue.append(Task(key, task.label, run_lock, (task, kept.inputs, kept.outcome), alone))
            places[task.label] = (arm, days)
    machinery = Machinery(workers, progress, Store(run_dir.resolve().parent / STORE_NAME))
    results = run_tasks(
        queue,
        workers=machinery.workers,
        store=machinery.store,
        on_progress=lambda done, total, _: machinery.progress("models", done, total),
    )
    found = {places[result.task.label]: result.get() for result in results}
    return {place: found[place] for place in places.values()}


def _thresholds(
    plan: Plan, lead: str, states: Mapping[tuple[str, float], Mapping[str, Any]]
) -> dict[str, float]:
    unfitted = build_models(plan)[lead]
    return {
        horizon_name(days): unfitted.restore(state).threshold
        for (arm, days), state in states.items()
        if arm == lead
    }


def _with_members(plan: Plan, arms: Sequence[str]) -> Iterator[str]:
    for arm in arms:
        yield arm
        yield from plan.arms[arm].average or ()


def _looked_at(kept: KeptRun, arms: Sequence[str]) -> dict[str, Any]:
    """Return the columns and images that the arms look at."""
    every = [kept.plan.arms[arm] for arm in _with_members(kept.plan, arms)]
    covariates = [name for arm in every if arm.harmonise for name in arm.harmonise.covariates]
    blocks = [*(block for arm in every for block in arm.blocks), *covariates]
    table = kept.inputs.table.select(blocks)
    sources = {ColumnName.parse(name).source for name in table.columns}
    seen = {image for arm in every if arm.network for image in arm.network.images}
    file = kept.plan.study.file
    changed = [file.delta[name] for name in sources if name in file.delta]
    seen |= {image for delta in changed for image in (delta.earlier, delta.later)}
    return {
        "columns": {
            name: "number" if pd.api.types.is_float_dtype(table.frame[name]) else "category"
            for name in table.columns
        },
        "images": [name for name in file.cohort.images if name in sources | seen],
    }


def _envelope(kept: KeptRun, lead: str, cohort: Mapping[str, Any]) -> Envelope:
    looked_at = _looked_at(kept, [lead])
    images: dict[str, list[Any]] = {}
    for image in _images(kept, cohort):
        if image["image"] in looked_at["images"]:
            images.setdefault(image["case"], []).append(image)
    frame = kept.inputs.table.frame[list(looked_at["columns"])]
    return Envelope.learn(measures_of(frame, images))


def _pretrained_on(plan: Plan, arms: Sequence[str]) -> set[str]:
    """Return the digests of the scans that the encoders of the arms were pretrained on."""
    of_arms = {name: plan.arms[name] for name in _with_members(plan, arms)}
    return {seen.voxels for card in cards_of(plan.study, of_arms).values() for seen in card.cases}


def _images(kept: KeptRun, cohort: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the facts about every image of a case that the models learn from."""
    learned_from = set(kept.inputs.case_ids)
    return [image for image in cohort.get("images", ()) if image["case"] in learned_from]


def _training(kept: KeptRun) -> dict[str, Any]:
    event = kept.outcome.event
    return {
        "cases": len(event),
        "patients": len(set(kept.inputs.groups)),
        "events": int((event == 1).sum()),
        "competing": int((event > 1).sum()),
        "centres": len(set(kept.inputs.table.centres)),
    }


def _performance(metrics: Mapping[str, Any], arms: Sequence[str]) -> dict[str, Any]:
    """Return the cross-validated figures of the arms, by horizon."""
    return {
        horizon: {arm: figures["arms"][arm] for arm in arms if arm in figures["arms"]}
        for horizon, figures in metrics["horizons"].items()
    }


def _with_own_files(plan: Plan, folder: Path) -> Study:
    """Copy what new cases are measured with into the bundle; return the study that names that.

    Networks have learned beyond the weights that they started from, so these stay behind. The
    cards of frozen encoders lose the ids of whom they were trained on, but not the scans' digests.
    """
    file = plan.study.file
    arms = {name: _without_start(arm) for name, arm in file.arms.items()}
    started = file.model_copy(update={"arms": arms})
    study = with_files_in(replace(plan.study, file=started), folder)
    for spec in study.file.embeddings.values():
        if spec.weights is not None:
            card = WeightsCard.read(folder / spec.weights)
            nameless = tuple(SeenCase("", "", seen.voxels) for seen in card.cases)
            replace(card, cases=nameless).write(folder / spec.weights)
    return study


def _without_start(arm: Arm) -> Arm:
    if arm.network is None:
        return arm
    given = arm.network.model_dump(exclude={"weights", "weights_rate"}, exclude_unset=True)
    return arm.model_copy(update={"network": NetworkSpec.model_validate(given)})


def _without_places(document: dict[str, Any]) -> dict[str, Any]:
    """Return a study document that does not tell where the hospital keeps its files."""
    source = CohortSource.model_validate(document["cohort"])
    changed: dict[str, Any] = {"root": "."}
    for name, table in (("table", source.table), ("manifest", source.manifest)):
        if table is not None:
            changed[name] = table.model_copy(update={"path": f"{name}.csv"})
    bare = source.model_copy(update=changed)
    cohort = bare.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {**document, "cohort": cohort}


def _chosen(arm: str | None, plan: Plan) -> str | None:
    if arm is not None and arm not in plan.arms:
        raise refuse(
            "PLN-01",
            f"the run has no arm '{arm}'",
            expected=f"one of {', '.join(plan.arms)}",
            fix="name one of them",
        )
    return arm


def _require_real_outcomes(run_dir: Path, run: Mapping[str, Any]) -> None:
    if run.get("null"):
        raise refuse(
            "RUN-03",
            "the outcomes of this run were permuted (--null)",
            expected="a run of the true outcomes",
            fix="run the study without --null and bundle that run",
            file=str(run_dir),
        )


def _require_free(output: Path) -> None:
    if output.exists() and not (output / ABOUT).is_file():
        raise refuse(
            "BND-05",
            f"something else lies at {output}",
            expected="a folder that does not exist yet, or an older bundle to be replaced",
            fix="choose another folder",
            file=str(output),
        )
