"""Harmonisation between centres: from the study file to the step, and whether it can work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from tumorcast.errors import Finding
from tumorcast.study.schema import Arm, StudyFile

if TYPE_CHECKING:
    from tumorcast.features import Combat


def combat_of(arm: Arm) -> Combat | None:
    """Return the unfitted step of an arm."""
    from tumorcast.features import Combat  # noqa: PLC0415  (pandas is heavy)

    spec = arm.harmonise
    if spec is None:
        return None
    return Combat(spec.blocks, spec.unseen, spec.min_rows, spec.scale, spec.covariates)


def harmonise_findings(file: StudyFile, arms: Mapping[str, Arm]) -> Iterator[Finding]:
    """Judge what the study says of harmonisation.

    ``PLN-09`` centres that are not declared; ``PLN-01`` a covariate that is no baseline column.
    """
    asking = {name: arm.harmonise for name, arm in arms.items() if arm.harmonise}
    if asking and file.cohort.centre is None:
        yield Finding(
            "PLN-09",
            "refused",
            f"{', '.join(asking)} is harmonised between centres, but cohort.centre is not declared",
            "the centre, or the scanner, of every case",
            "declare cohort.centre: {column: NAME} or {from_id: PATTERN}, or leave out `harmonise`",
        )
    known = {
        f"{column.block}.{key}": None
        for key, column in file.columns.items()
        if column.known == "baseline"
    }
    for name, spec in asking.items():
        for covariate in spec.covariates:
            if covariate not in known:
                yield Finding(
                    "PLN-01",
                    "refused",
                    f"arms.{name}.harmonise.covariates names the column '{covariate}', which is "
                    "not declared as known at baseline",
                    f"one of {', '.join(known)}" if known else "a clinical column",
                    "correct the name or declare the column",
                )


def centre_findings(
    arms: Mapping[str, Arm], centres: Sequence[str], share: Fraction
) -> Iterator[Finding]:
    """Judge whether the cases can teach what their centres do.

    ``HRM-01`` refused: fewer than two centres with enough cases; ``HRM-03`` warning: centres with
    too few in a training fold, which are not harmonised.

    Parameters
    ----------
    centres
        Of the cases that go on.
    share
        Part of them that a model is learned from.
    """
    counts = Counter(centre or "unknown" for centre in sorted(centres))
    asking = {arm.harmonise for arm in arms.values() if arm.harmonise}
    for least, unseen in sorted({(spec.min_rows, spec.unseen) for spec in asking}):
        small = {
            centre: count
            for centre, count in counts.items()
            if count * share < least or centre == "unknown"
        }
        if len(counts) - len(small) < 2:
            yield Finding(
                "HRM-01",
                "refused",
                f"{len(counts) - len(small)} of {len(counts)} centres with {least} cases in a "
                f"training fold ({_listed(counts)}): nothing to harmonise",
                f"two centres or more with {least} training cases",
                "set harmonise.min_rows lower, or leave out `harmonise`",
            )
        elif small:
            kept = "left as they are" if unseen == "as_is" else "taken for missing"
            yield Finding(
                "HRM-03",
                "warning",
                f"too few cases to learn what the centre does ({_listed(small)}): their values are "
                f"{kept}",
                f"{least} cases of every centre in a training fold",
                "look at the performance by centre",
            )


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{centre} {count}" for centre, count in counts.items())
