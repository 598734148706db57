"""Everything that is computed on one case: run in the pool, kept in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from tumorcast.cohort import Case, CaseCheck, Cohort, Extractor, Pseudonyms
from tumorcast.engine import Journal, Store, Task, TaskError, key_of, run_tasks
from tumorcast.errors import BadInputError, Finding, rebuilt
from tumorcast.features import FeatureTable, ModelInputs, PerturbedBlock
from tumorcast.imaging import Region, Tumor, region_from_spec
from tumorcast.radiomics import RadiomicsExtractor, Settings, settings_of
from tumorcast.study.crop_file import CropFile, MappedCrops
from tumorcast.study.delta import delta_frame
from tumorcast.study.lesions import crop_of_lesions, embeddings_over_lesions, numbers_over_lesions
from tumorcast.study.networks import crop_extractor, embedding_extractor
from tumorcast.study.perturbed import lacking_findings, perturbed_block, perturbed_extractor
from tumorcast.study.plan import Plan
from tumorcast.study.progress import Progress
from tumorcast.study.structures import structure_extractors
from tumorcast.study.volume import VOLUME_COLUMN, TumorVolume


@dataclass(frozen=True)
class Machinery:
    """What a run works with: how many processes compute, and where results are kept, if at all."""

    workers: int
    progress: Progress
    store: Store | None = None
    journal: Journal | None = None
    names: Pseudonyms | None = None
    """What stands for ids and files in results, when they are hashed."""


@dataclass(frozen=True)
class Extracted:
    """Numbers by extractor and case, crops by image, and why some are missing."""

    by_job: Mapping[str, Mapping[str, Any]]
    findings: tuple[Finding, ...]
    failed: frozenset[str]
    crops: Mapping[str, MappedCrops] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """An extractor and the images of which a case must have one."""

    label: str
    extractor: Extractor[Any]
    images: tuple[str, ...]
    crop_of: str | None = None
    """The image whose crops it makes, which go into a file."""


def judge_all(cohort: Cohort, plan: Plan, machinery: Machinery) -> Extracted:
    """Read every image and mask and judge them; the values are findings as plain JSON."""
    file = plan.study.file
    regions = regions_of(plan, tuple(file.regions))
    return judge_images(cohort, tuple(file.cohort.images), machinery, regions)


def judge_images(
    cohort: Cohort, images: tuple[str, ...], machinery: Machinery, regions: tuple[Region, ...] = ()
) -> Extracted:
    """Read these images and their masks and judge them, as `judge_all`."""
    return run_jobs("check", [Job("check", CaseCheck(regions), images)], cohort, machinery)


def extract_all(cohort: Cohort, plan: Plan, machinery: Machinery, folder: Path) -> Extracted:
    """Run every extractor of the plan on every case that has its image.

    Parameters
    ----------
    folder
        Where the crops of all cases are laid out for memory-mapping.
    """
    files = {
        image: CropFile(folder, image, cohort.case_ids, plan.study.file.crops[image].size_voxels)
        for image in _images_of_networks(plan)
    }
    extracted = run_jobs("features", _jobs(plan), cohort, machinery, files)
    lacking = tuple(lacking_findings(extracted.by_job))
    return replace(
        extracted,
        findings=(*extracted.findings, *lacking),
        crops={image: file.close() for image, file in files.items()},
    )


def run_jobs(
    stage: str,
    jobs: Sequence[Job],
    cohort: Cohort,
    machinery: Machinery,
    crop_files: Mapping[str, CropFile] = MappingProxyType({}),
) -> Extracted:
    """Run extractors on every case that has one of their images; `stage` is for the progress."""
    queue = [
        _task(job, case, machinery.names)
        for job in jobs
        for case in cohort
        if any(name in case.images for name in job.images)
    ]
    about = {f"{job.label} {case.case_id}": (job, case) for job in jobs for case in cohort}
    by_job: dict[str, dict[str, Any]] = {job.label: {} for job in jobs}
    findings: list[Finding] = []
    failed: set[str] = set()
    results = run_tasks(
        queue,
        workers=machinery.workers,
        store=machinery.store,
        journal=machinery.journal,
        on_progress=lambda done, total, _: machinery.progress(stage, done, total),
    )
    for result in results:
        job, case = about[result.task.label]
        if isinstance(result.error, BadInputError):
            findings.append(result.error.for_case(case.case_id))
        elif result.error is not None:
            failed.add(case.case_id)
            findings.append(_failure(case, job, result.error))
        elif job.crop_of is not None:
            crop_files[job.crop_of].put(case.case_id, result.task.key, result.get())
        else:
            by_job[job.label][case.case_id] = result.value
    return Extracted(by_job, tuple(findings), frozenset(failed))


def model_inputs(cohort: Cohort, plan: Plan, extracted: Extracted, folder: Path) -> ModelInputs:
    """Assemble the clinical values, features and crops of the cases that go on.

    Parameters
    ----------
    folder
        Where repeated measurements are laid out for memory-mapping.
    """
    frames = [_clinical_frame(cohort, plan)]
    perturbed: list[PerturbedBlock] = []
    for label, by_case in extracted.by_job.items():
        kind, _, image = label.partition(" ")
        if kind == "perturbed":
            path = folder / f"{image} perturbed.npy"
            perturbed += [perturbed_block(cohort, by_case, path)] if by_case else []
        elif kind != "crop":
            frames.append(_numeric_frame(cohort, by_case))
    for name, delta in plan.study.file.delta.items():
        frames.append(delta_frame(name, delta, pd.concat(frames, axis=1)))
    crops = {image: file.block(cohort.case_ids) for image, file in extracted.crops.items()}
    table = FeatureTable(pd.concat(frames, axis=1), tuple(perturbed), cohort.centres)
    return ModelInputs(table, crops, cohort.patient_ids)


def regions_of(plan: Plan, names: Sequence[str]) -> tuple[Region, ...]:
    """Return the regions of the study with these names."""
    declared = plan.study.file.regions
    return tuple(
        Tumor() if name == "tumor" else region_from_spec(name, declared[name].as_spec())
        for name in names
    )


def _jobs(plan: Plan) -> list[Job]:
    file = plan.study.file
    images = tuple(file.cohort.images)
    jobs = []
    if images and not _has_volume_column(plan):
        jobs.append(Job("volume", TumorVolume(images), images))
    for image, spec in file.radiomics.items():
        settings = settings_of(spec.preset, _path(plan, spec.params))
        measure = partial(_in_regions, plan, image, settings)
        for label, extractor in numbers_over_lesions(file, image, spec.regions, measure):
            jobs.append(Job(f"radiomics {label}", extractor, (image,)))
        around = [name for name in spec.regions if name == "tumor" or name in file.regions]
        if spec.stability is not None and around:
            again = perturbed_extractor(spec.stability, measure(around), file.validation.seed)
            jobs.append(Job(f"perturbed {image}", again, (image,)))
    for image, near in structure_extractors(file):
        jobs.append(Job(f"structures {image}", near, (image,)))
    for image in file.embeddings:
        embedding = embedding_extractor(plan.study, image)
        for label, extractor in embeddings_over_lesions(file, image, embedding):
            jobs.append(Job(f"embedding {label}", extractor, (image,)))
    for image in _images_of_networks(plan):
        of_lesions = crop_of_lesions(file, image, crop_extractor(image, file.crops[image]))
        jobs.append(Job(f"crop {image}", of_lesions, (image,), crop_of=image))
    return jobs


def _images_of_networks(plan: Plan) -> list[str]:
    needed = {image for arm in plan.arms.values() if arm.network for image in arm.network.images}
    return [image for image in plan.study.file.crops if image in needed]


def _in_regions(
    plan: Plan, image: str, settings: Settings, names: Sequence[str]
) -> RadiomicsExtractor:
    return RadiomicsExtractor(image, regions_of(plan, names), settings)


def _path(plan: Plan, params: str | None) -> Path | None:
    return None if params is None else plan.study.base / params


def _has_volume_column(plan: Plan) -> bool:
    return any(column.block == "volume" for column in plan.study.file.columns.values())


def _task(job: Job, case: Case, names: Pseudonyms | None) -> Task[Any]:
    extractor = job.extractor
    key = key_of(
        extractor.name,
        extractor.version,
        dict(extractor.parameters()) | ({"hashed": True} if names else {}),
        [extractor.input_digest(case)],
    )
    label, own = f"{job.label} {case.case_id}", names.alone(case.case_id) if names else None
    return Task(key, label, _extract, (extractor, case, own))


def _extract(extractor: Extractor[Any], case: Case, names: Pseudonyms | None) -> Any:
    if names is None:
        return extractor.extract(case)
    try:
        value = extractor.extract(case)
    except MemoryError:
        raise
    except BadInputError as error:
        raise rebuilt(names.finding(error.finding)) from None
    except Exception as error:  # its text may name the file
        raise RuntimeError(type(error).__name__) from None
    if not isinstance(value, dict) or "findings" not in value:
        return value
    findings = [names.finding(Finding(**one)).as_dict() for one in value["findings"]]
    return {**value, "findings": findings}


def _failure(case: Case, job: Job, error: Exception) -> Finding:
    reason = error.reason if isinstance(error, TaskError) else str(error)
    return Finding(
        "INT-01",
        "excluded",
        f"{job.label} failed: {reason}",
        "",
        "this is a fault of the program or the machine; the traceback is in journal.jsonl",
        case=case.case_id,
    )


def _clinical_frame(cohort: Cohort, plan: Plan) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for key, column in plan.study.file.columns.items():
        if column.known == "later":
            continue
        name = f"{column.block}.{key}"
        values = [case.clinical.get(name) for case in cohort]
        if column.block == "volume":
            columns[VOLUME_COLUMN] = np.log10(np.array(values, dtype=np.float64))
        elif column.kind == "category":
            columns[name] = np.array(values, dtype=object)
        else:
            columns[name] = np.array(values, dtype=np.float64)
    return pd.DataFrame(columns, index=pd.Index(cohort.case_ids, dtype=object))


def _numeric_frame(cohort: Cohort, by_case: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    rows = [by_case.get(case_id, {}) for case_id in cohort.case_ids]
    return pd.DataFrame(rows, index=pd.Index(cohort.case_ids, dtype=object), dtype=np.float64)
