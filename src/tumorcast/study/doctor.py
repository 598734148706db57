"""The data doctor: every case of a study judged, and the cohort as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tumorcast.cohort import (
    CaseReport,
    Cohort,
    CohortReading,
    ImageFacts,
    Outcome,
    mixed_acquisitions,
    shared_voxels,
    survey_cohort,
)
from tumorcast.cohort.schema import EndpointSource
from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.study.design import cases_of_test_sides, design_of, listing_findings, undated
from tumorcast.study.evidence import strata_of
from tumorcast.study.extraction import Machinery, judge_all
from tumorcast.study.harmonise import centre_findings
from tumorcast.study.parsimony import events_per_column
from tumorcast.study.plan import Plan
from tumorcast.study.pretrained import cards_of, seen_in_pretraining
from tumorcast.study.quality import Quality
from tumorcast.validation import AnyDesign, ValidationPlan, plan_validation


@dataclass(frozen=True)
class Examination:
    """A study's input after a look at all of it.

    Parameters
    ----------
    plan
        Of the study.
    reading
        What the tables say.
    images
        Facts about the images that can be read, by case id.
    quality
        Every finding. When it holds what stops a study, nothing may be computed.
    design
        Of the validation; ``None`` where nothing is to be validated, or the design is refused.
    """

    plan: Plan
    reading: CohortReading
    images: Mapping[str, tuple[ImageFacts, ...]]
    quality: Quality
    design: AnyDesign | None = None

    def usable(self) -> tuple[Cohort, Outcome]:
        """Return the cases that go on, and their outcome.

        Raises
        ------
        StudyRefusedError
            Whatever stops the study.
        """
        if self.quality.stopping:
            raise StudyRefusedError(self.quality.stopping)
        return usable_part(self.reading, self.quality)

    def usable_design(self) -> AnyDesign:
        """Return the design of the validation; refuses as `usable`."""
        if self.quality.stopping or self.design is None:
            raise StudyRefusedError(self.quality.stopping)
        return self.design


def examine_plan(plan: Plan, machinery: Machinery) -> Examination:
    """Read tables and voxels and judge everything that can be judged, whatever is found.

    Raises
    ------
    StudyRefusedError
        When the tables cannot be read, or no case is listed properly.
    """
    temporal = plan.study.file.validation.temporal
    also = temporal.column if temporal else None
    examined = examine_cases(plan, plan.study.file.endpoint, machinery, also=also)
    reading, quality = examined.reading, examined.quality
    try:
        design = design_of(plan.study, reading)
    except StudyRefusedError as error:
        return replace(examined, quality=quality.with_findings(error.findings))
    if temporal:
        quality = quality.with_findings(undated(temporal, reading))
    quality = quality.with_findings(_seen_before(reading, examined.images, quality, plan, design))
    quality = quality.with_findings(_as_a_study(reading, quality, plan, design))
    return replace(examined, quality=quality, design=design)


def examine_cases(
    plan: Plan, endpoint: EndpointSource | None, machinery: Machinery, *, also: str | None = None
) -> Examination:
    """Judge the cases, but not whether they are enough to learn from.

    Parameters
    ----------
    endpoint
        ``None`` for patients whose outcome is still to come.
    also
        As in `survey_cohort`.

    Raises
    ------
    StudyRefusedError
        When the tables cannot be read, or no case is listed properly.
    """
    file = plan.study.file
    reading = survey_cohort(
        file.cohort,
        file.columns,
        endpoint,
        plan.study.base,
        allow_leaky=file.allow_leaky,
        also=also,
        on_progress=partial(machinery.progress, "headers"),
    )
    judged = judge_all(reading.cohort, plan, replace(machinery, names=reading.names))
    reports = {case_id: CaseReport.of_dict(d) for case_id, d in judged.by_job["check"].items()}
    ordered = {case_id: reports[case_id] for case_id in reading.case_ids if case_id in reports}
    images = {case_id: report.images for case_id, report in ordered.items()}
    quality = Quality(reading.case_ids, reading.findings, judged.failed)
    quality = quality.with_findings(f for report in ordered.values() for f in report.findings)
    quality = quality.with_findings(
        [
            *judged.findings,
            *(shared_voxels(reading.cohort, images) if not _shared_files(reading) else ()),
            *mixed_acquisitions(images, reading.cohort.centres),
        ]
    )
    return Examination(plan, reading, images, quality)


def usable_part(reading: CohortReading, quality: Quality) -> tuple[Cohort, Outcome]:
    """Return the cases that go on and their outcome; refuse the study when none does."""
    if not quality.usable:
        lost = [f for f in quality.findings if f.consequence == "excluded"]
        raise StudyRefusedError([*lost, _nobody_left(quality)])
    cohort = reading.cohort.select(quality.usable)
    position = {case_id: i for i, case_id in enumerate(reading.outcome.case_ids)}
    rows = np.array([position[case_id] for case_id in cohort.case_ids], dtype=np.int64)
    return cohort, reading.outcome.rows(rows)


def _seen_before(
    reading: CohortReading,
    images: Mapping[str, tuple[ImageFacts, ...]],
    quality: Quality,
    plan: Plan,
    design: AnyDesign,
) -> Iterator[Finding]:
    """Judge whether the study's weights were pretrained on cases that it tests."""
    cards = cards_of(plan.study, plan.arms)
    if cards:
        tested = reading.cohort.select(
            cases_of_test_sides(design, reading.cohort.select(quality.usable))
        )
        allowed = plan.study.file.allow_pretrained_on_test
        yield from seen_in_pretraining(cards, tested, images, allowed=allowed)


def _shared_files(reading: CohortReading) -> bool:
    """Return whether twins were found already, by their bytes."""
    return any(finding.code == "IDS-07" for finding in reading.findings)


def _as_a_study(
    reading: CohortReading, quality: Quality, plan: Plan, design: AnyDesign
) -> Iterator[Finding]:
    """Judge what needs the outcome, unless the endpoint or a case waits for an answer."""
    endpoint_in_doubt = any(finding.code.startswith("END") for finding in reading.stopping)
    if endpoint_in_doubt or any(f.consequence == "ask" for f in quality.findings):
        return
    if not quality.usable:
        yield _nobody_left(quality)
        return
    cohort, outcome = usable_part(reading, quality)
    try:
        planned = plan_validation(
            outcome,
            cohort.patient_ids,
            design,
            plan.study.file.endpoint.horizons,
            strata_of(plan, cohort),
            cohort.centres,
        )
    except StudyRefusedError as error:
        yield from error.findings
        return
    yield from planned.findings
    if plan.study.file.validation.splits is not None:
        yield from listing_findings(design, cohort.case_ids)
    yield from events_per_column(plan, _events_in_training(outcome, planned))
    yield from centre_findings(plan.arms, cohort.centres, planned.splits)


def _events_in_training(outcome: Outcome, planned: ValidationPlan) -> float:
    """Return the mean number of events in the training rows; of classes that of the rarest."""
    counted = [outcome.of_class(number) for number in range(len(outcome.levels))] or [outcome]
    labels = [one.binary_at(planned.horizons_days[0]).label for one in counted]
    return min(
        float(np.mean([label[split.train].sum() for split in planned.splits])) for label in labels
    )


def _nobody_left(quality: Quality) -> Finding:
    return Finding(
        "CAS-01",
        "refused",
        f"none of the {len(quality.case_ids)} listed cases can be used",
        "cases whose images and values can be used",
        "mend what most of them have in common",
    )
