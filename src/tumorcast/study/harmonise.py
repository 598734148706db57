"""Harmonisation between centres: from the study file to the step, and whether it can work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import Finding
from tumorcast.study.schema import Arm, StudyFile
from tumorcast.validation import Split

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
    arms: Mapping[str, Arm], centres: Sequence[str], splits: Sequence[Split]
) -> Iterator[Finding]:
    """Judge, split by split, whether the training cases can teach what the centres do.

    ``HRM-01`` refused: a training side with fewer than two centres that have enough cases, from
    which nothing would be learned; ``HRM-04`` refused: no tested case keeps a harmonised value;
    ``HRM-03`` warning: cases of centres with too few training cases, which are not harmonised.

    Parameters
    ----------
    centres
        Of the cases that go on.
    splits
        Of the validation, by position in `centres`.
    """
    asking = {arm.harmonise for arm in arms.values() if arm.harmonise}
    for least, unseen in sorted({(spec.min_rows, spec.unseen) for spec in asking}):
        sides = [_Sides.of(np.array(centres), split, least) for split in splits]
        poorest = min(sides, key=lambda side: side.n_learned)
        if poorest.n_learned < 2:
            yield _nothing_to_learn(poorest, least)
        elif unseen == "missing" and not any(side.harmonised.any() for side in sides):
            yield _nothing_to_test(sides, least)
        elif any(len(side.left_out) for side in sides):
            yield _left_out(centres, sides, least, unseen)


@dataclass(frozen=True)
class _Sides:
    """What the centres of a split's training side can teach.

    Parameters
    ----------
    taught
        Training cases of each centre.
    n_learned
        Centres with enough of them.
    harmonised
        Whether each tested case is of such a centre.
    left_out
        Positions of training and tested cases of the others.
    tested
        Centres of the tested cases.
    """

    taught: Mapping[str, int]
    n_learned: int
    harmonised: NDArray[np.bool_]
    left_out: NDArray[np.int64]
    tested: frozenset[str]

    @classmethod
    def of(cls, centre: NDArray[np.str_], split: Split, least: int) -> Self:
        taught = Counter(sorted(centre[split.train].tolist()))
        learned = [name for name, count in taught.items() if name and count >= least]
        known = np.isin(centre, learned)
        both = np.concatenate([split.train, split.test])
        tested = frozenset(centre[split.test].tolist())
        return cls(taught, len(learned), known[split.test], both[~known[both]], tested)


def _nothing_to_learn(poorest: _Sides, least: int) -> Finding:
    return Finding(
        "HRM-01",
        "refused",
        f"{poorest.n_learned} of {len(poorest.taught)} centres with {least} cases in the training "
        f"side that is tested on {_names(poorest.tested)} ({_listed(poorest.taught)}): nothing to "
        "harmonise",
        f"two centres or more with {least} cases in every training side",
        "set harmonise.min_rows lower, validate with more centres in training, or leave out "
        "`harmonise`",
    )


def _nothing_to_test(sides: Sequence[_Sides], least: int) -> Finding:
    tested = frozenset[str]().union(*(side.tested for side in sides))
    return Finding(
        "HRM-04",
        "refused",
        f"no tested case is of a centre with {least} cases in training ({_names(tested)}), and "
        "harmonise.unseen is 'missing': the harmonised columns are missing wherever the arm is "
        "tested",
        "tested cases of centres that the training side has",
        "set harmonise.unseen: as_is, draw folds instead of keeping centres apart, or leave out "
        "`harmonise`",
    )


def _left_out(centres: Sequence[str], sides: Sequence[_Sides], least: int, unseen: str) -> Finding:
    rows = np.unique(np.concatenate([side.left_out for side in sides]))
    counts = Counter(sorted(centres[row] for row in rows))
    tested = np.concatenate([side.harmonised for side in sides])
    kept = "left as they are" if unseen == "as_is" else "taken for missing"
    return Finding(
        "HRM-03",
        "warning",
        f"too few training cases, or none, to learn what the centre does ({_listed(counts)}): "
        f"their values are {kept}, in {(~tested).sum()} of {len(tested)} predictions in test folds",
        f"{least} cases of every centre in every training side",
        "look at the performance by centre",
    )


def _names(centres: frozenset[str]) -> str:
    return ", ".join(centre or "unknown" for centre in sorted(centres))


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{centre or 'unknown'} {count}" for centre, count in counts.items())
