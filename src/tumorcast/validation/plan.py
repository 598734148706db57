"""What can be refused before anything is extracted or fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tumorcast.cohort import Outcome
from tumorcast.errors import Finding, StudyRefusedError, refuse
from tumorcast.validation.by_centre import ByCentre, centre_splits
from tumorcast.validation.given import GivenSplits, given_splits
from tumorcast.validation.horizon import feasible_horizons
from tumorcast.validation.splits import Design, Split, make_splits

AnyDesign = Design | ByCentre | GivenSplits


@dataclass(frozen=True)
class ValidationPlan:
    """Horizons and splits of a cross-validation.

    Parameters
    ----------
    horizons_days
        Those that the follow-up can answer for, the primary one first.
    splits
        The same for all arms and horizons.
    findings
        Horizons that were cut (``VAL-02``).
    """

    horizons_days: tuple[float, ...]
    splits: tuple[Split, ...]
    findings: tuple[Finding, ...]


def plan_validation(
    outcome: Outcome,
    patients: Sequence[str],
    design: AnyDesign,
    horizons_days: Sequence[float],
    strata: Sequence[str] | None = None,
    centres: Sequence[str] | None = None,
) -> ValidationPlan:
    """Return horizons and splits; outcomes alone decide, so this can run before any extraction.

    Parameters
    ----------
    outcome
        Of all cases.
    patients
        Patient of each case.
    design
        Folds, repeats and seed; or centres; or the splits themselves.
    horizons_days
        As asked for; the first is stratified by.
    strata
        What else the folds share out evenly, of each case.
    centres
        Of each case; needed by a design by centre.

    Raises
    ------
    StudyRefusedError
        ``VAL-01`` when a test fold would hold one class only, ``VAL-03`` when the follow-up is too
        short for a horizon; ``VAL-06`` and ``VAL-07`` as `centre_splits`, of several classes for
        each against the rest; ``VAL-08`` when a class has fewer patients than there are folds;
        ``VAL-10`` and ``VAL-15`` as `given_splits`.
    """
    horizons, findings = feasible_horizons(outcome, horizons_days)
    if outcome.levels:
        if isinstance(design, Design):
            _require_patients(outcome, patients, design)
        level = [outcome.levels[number] for number in outcome.event]
        strata = level if strata is None else list(map("; ".join, zip(level, strata, strict=True)))
        one_a_class = [outcome.of_class(number) for number in range(len(outcome.levels))]
        targets = [one.binary_at(horizons[0]) for one in one_a_class]
    else:
        targets = [outcome.binary_at(days) for days in horizons]
    labels = [target.label for target in targets]
    known = [target.weight > 0 for target in targets]
    if isinstance(design, ByCentre):
        splits = centre_splits(labels, known, patients, centres or (), design)
    elif isinstance(design, GivenSplits):
        splits = given_splits(labels, known, outcome.case_ids, patients, design)
    else:
        splits = make_splits(labels, known, patients, design, strata)
    return ValidationPlan(horizons, splits, findings)


def _require_patients(outcome: Outcome, patients: Sequence[str], design: Design) -> None:
    """Refuse more folds than the rarest class has patients."""
    of_class = {
        level: len(
            {p for p, number in zip(patients, outcome.event, strict=True) if number == place}
        )
        for place, level in enumerate(outcome.levels)
    }
    fewest = min(of_class.values())
    if fewest < design.folds:
        raise refuse(
            "VAL-08",
            f"{design.folds} folds, and patients by class: "
            + ", ".join(f"{level} {n}" for level, n in of_class.items()),
            expected="a patient of every class in every test fold",
            fix=f"set validation.folds={fewest}"
            if fewest > 1
            else "join the rarest class with another in endpoint.classes.levels",
        )


def most_folds(
    outcome: Outcome,
    patients: Sequence[str],
    design: Design,
    horizons_days: Sequence[float],
    limit: int = 10,
) -> int | None:
    """Return the largest number of folds up to `limit` that the outcomes fill; ``None`` if not two.

    Raises
    ------
    StudyRefusedError
        ``VAL-03`` when the follow-up is too short for a horizon.
    """
    for folds in range(limit, 1, -1):
        try:
            plan_validation(outcome, patients, replace(design, folds=folds), horizons_days)
        except StudyRefusedError as error:
            if any(finding.code not in {"VAL-01", "VAL-08"} for finding in error.findings):
                raise
        else:
            return folds
    return None
