"""New cases of a hospital, read as the training cases were, and judged before anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from tumorcast.cohort.schema import ClinicalColumn, CohortSource, EndpointSource
from tumorcast.errors import Consequence, Finding, StudyRefusedError, refuse
from tumorcast.features import ModelInputs
from tumorcast.study.doctor import Examination, examine_cases, usable_part
from tumorcast.study.extraction import Machinery
from tumorcast.study.locked.envelope import measures_of
from tumorcast.study.locked.fingerprint import fingerprints
from tumorcast.study.locked.model import LockedModel
from tumorcast.study.locked.site_file import Site, SiteFile, load_site
from tumorcast.study.quality import Quality
from tumorcast.study.schema import StudyFile
from tumorcast.study.volume import VOLUME_COLUMN

TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx"})


@dataclass(frozen=True)
class NewCases:
    """What is known of new cases before anything is predicted.

    Parameters
    ----------
    examined
        The cases as they were judged.
    quality
        Every finding, those of the extraction included.
    inputs
        Of the cases that go on.
    reasons
        For each of them, why it lies outside the envelope of the training cases.
    measures
        What the envelope judges, one row a case.
    """

    examined: Examination
    quality: Quality
    inputs: ModelInputs
    reasons: Mapping[str, tuple[str, ...]]
    measures: pd.DataFrame


def site_of(model: LockedModel, source: Path) -> Site:
    """Return where new cases are.

    Parameters
    ----------
    source
        A study file; or a table like that of the model's study, with the same columns, whose
        relative paths start at its own folder.

    Raises
    ------
    StudyRefusedError
        As `load_site`; ``BND-06`` when a table alone does not say where the images are.
    """
    if source.suffix.lower() not in TABLES:
        return load_site(source)
    trained = model.plan.study.file.cohort
    if trained.layout != "files" or (trained.table and trained.manifest):
        raise refuse(
            "BND-06",
            f"{source.name} is a table, but the model's study read its images from elsewhere "
            f"(layout {trained.layout})",
            expected="a study file that says where the images of the new cases are",
            fix="write one with `tumorcast init` and give it instead of the table",
            file=str(source),
        )
    kind = "table" if trained.table else "manifest"
    table = trained.main_table.model_copy(update={"path": source.name})
    changed = {kind: table, "patient": None, "centre": None}
    cohort: CohortSource = trained.model_copy(update=changed)
    return Site(SiteFile(cohort=cohort), source.resolve().parent)


def read_new_cases(
    model: LockedModel,
    site: Site,
    machinery: Machinery,
    folder: Path,
    *,
    endpoint: EndpointSource | None = None,
) -> NewCases:
    """Read, judge and measure new cases.

    Parameters
    ----------
    folder
        Where crops are laid out.
    endpoint
        ``None`` for patients whose outcome is still to come.

    Raises
    ------
    StudyRefusedError
        ``BND-04`` when the site declares a column or an image that the model looks at otherwise
        than the study did, or not at all; and whatever stops the reading of a cohort.
    """
    file = _whole(model, site.file)
    findings = tuple(schema_findings(model, file))
    if findings:
        raise StudyRefusedError(findings)
    plan = model.plan_at(file, site.base)
    examined = examine_cases(plan, endpoint, machinery)
    if examined.quality.stopping:
        raise StudyRefusedError(examined.quality.stopping)
    machinery = replace(machinery, names=examined.reading.names)
    seen = _known_cases(model, examined, excluded=endpoint is not None)
    quality = _without_columns_to_learn_from(examined.quality).with_findings(seen)
    usable, _ = usable_part(examined.reading, quality)
    found = model.inputs(usable, plan, machinery, folder)
    quality = quality.with_findings(found.findings, found.failed)
    images = {
        case_id: [facts.as_dict() for facts in images if facts.image in model.images]
        for case_id, images in examined.images.items()
    }
    measures = measures_of(found.inputs.table.frame, images)
    reasons = dict(
        zip(found.inputs.case_ids, map(tuple, model.envelope.reasons(measures)), strict=True)
    )
    return NewCases(examined, quality, found.inputs, reasons, measures)


def _without_columns_to_learn_from(quality: Quality) -> Quality:
    """Leave out (``CLN-03``) which columns nothing could be learned from: nothing is learned."""
    return replace(quality, findings=tuple(f for f in quality.findings if f.code != "CLN-03"))


def _known_cases(model: LockedModel, examined: Examination, *, excluded: bool) -> Iterator[Finding]:
    """Yield ``BND-08`` for training cases, ``WGT-05`` for scans that an encoder has seen.

    A training case is known by its scan and the tumour drawn on it.
    """
    trained_on = frozenset(model.about["fingerprints"])
    pretrained_on = frozenset(model.about["pretrained_on"])
    consequence: Consequence = "excluded" if excluded else "warning"
    for case_id, images in examined.images.items():
        if trained_on & fingerprints(facts.as_dict() for facts in images):
            yield Finding(
                "BND-08",
                consequence,
                "the scan and the tumour drawn on it are those of a training case",
                "a patient from whom the model has not learned",
                "leave this patient out: a model is always right about whom it knows",
                case=case_id,
            )
        elif any(facts.voxels in pretrained_on for facts in images):
            yield Finding(
                "WGT-05",
                consequence,
                "an encoder of the model was pretrained on this scan",
                "a scan that no part of the model has seen",
                "leave this patient out: the scan of a new one would not have been seen",
                case=case_id,
            )


def _whole(model: LockedModel, site: SiteFile) -> StudyFile:
    """Return the study's file with the cases of the site."""
    own = model.plan.study.file
    update: dict[str, Any] = {
        "cohort": site.cohort,
        "columns": own.columns if site.columns is None else site.columns,
        "endpoint": site.endpoint or own.endpoint,
        "allow_leaky": site.allow_leaky,
    }
    return own.model_copy(update=update)


def schema_findings(model: LockedModel, file: StudyFile) -> Iterator[Finding]:
    """Yield (``BND-04``) where a site's columns and images are not those of the model's study."""
    own = model.plan.study.file
    for key, column in own.columns.items():
        name = VOLUME_COLUMN if column.block == "volume" else f"{column.block}.{key}"
        if name in model.columns and column.known == "baseline":
            yield from _column_findings(key, column, file.columns.get(key))
    for name in sorted(model.images):
        found = file.cohort.images.get(name)
        if found is None:
            yield _otherwise(
                f"the site declares no image '{name}', which the model looks at",
                f"cohort.images.{name} in {own.cohort.images[name].unit}",
                "declare it; a patient who lacks the image may leave it empty",
            )
        elif found.unit != own.cohort.images[name].unit:
            yield _otherwise(
                f"the image '{name}' is in {found.unit} here",
                f"{own.cohort.images[name].unit}, as in training",
                "declare the unit that the files hold, or convert them",
            )


def _column_findings(
    key: str, trained: ClinicalColumn, here: ClinicalColumn | None
) -> Iterator[Finding]:
    if here is None:
        yield _otherwise(
            f"the site declares no column '{key}', which the model looks at",
            f"columns.{key} of kind {trained.kind}",
            "declare it; cells that are not known may be empty",
        )
        return
    for what in ("kind", "known", "block", "unit", "ranks"):
        was, now = getattr(trained, what), getattr(here, what)
        if was != now and (what != "unit" or (was and now)):
            yield _otherwise(
                f"the column '{key}' has {what} {now!r} here",
                f"{was!r}, as in training",
                "declare and fill the column as the study did that the model comes from",
            )


def _otherwise(found: str, expected: str, fix: str) -> Finding:
    return Finding("BND-04", "refused", found, expected, fix)
