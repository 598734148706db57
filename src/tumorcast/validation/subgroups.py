"""Discrimination in groups of patients, and whether it differs between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import (
    PatientBootstrap,
    aurocs,
    bootstrap_p_value,
    holm,
    percentile_interval,
)
from tumorcast.validation.plain import plain_fields
from tumorcast.validation.scores import ArmScores
from tumorcast.validation.training_spread import spread_interval

FEWEST = 5
"""Cases with the event, and without it, that a group must have to be looked at."""


@dataclass(frozen=True)
class Subgroup:
    """One group of a column.

    Parameters
    ----------
    column, level
        In words of the study.
    n, n_events
        Cases with a known state at the horizon.
    auroc, ci_low, ci_high
        NaN where the group is too small.
    difference, difference_low, difference_high, p_value, p_holm
        AUROC minus that of all other groups of the column; NaN where it is not tested, as in the
        second of two groups, whose difference is that of the first with the other sign.
    reason
        Why there are no figures, else empty.
    """

    column: str
    level: str
    n: int
    n_events: int
    auroc: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan
    difference: float = math.nan
    difference_low: float = math.nan
    difference_high: float = math.nan
    p_value: float = math.nan
    p_holm: float = math.nan
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return plain_fields(self)


def subgroups(
    scores: ArmScores,
    columns: Mapping[str, Sequence[str | None]],
    *,
    seed: int = 0,
    n_resamples: int = 2000,
) -> tuple[Subgroup, ...]:
    """Return the AUROC in every group of every column, with a test of the difference to the rest.

    The risk of a case is its mean over repeats. Intervals and tests come from resampled patients;
    `p_holm` is adjusted for all tests given here. A group with fewer than `FEWEST` cases of either
    state has no figures; where that is true of the rest, the group is not tested.

    Parameters
    ----------
    scores
        Of one arm.
    columns
        The group of each case of `scores` by column; ``None`` is not known.
    seed, n_resamples
        Of the bootstrap.
    """
    bootstrap = PatientBootstrap.of(scores.patients, n_resamples=n_resamples, seed=seed)
    risk = scores.mean_risk(scores.repeats)
    found: list[Subgroup] = []
    for column, of_case in columns.items():
        levels = sorted({level for level in of_case if level is not None})
        known = np.array([level is not None for level in of_case], dtype=np.bool_)
        tested_once = False
        for level in levels:
            inside = np.array([one == level for one in of_case], dtype=np.bool_)
            group = _group(scores, risk, inside, column, level, bootstrap)
            if not group.reason and not (len(levels) == 2 and tested_once):
                tested = _against(group, scores, risk, inside, known & ~inside, bootstrap)
                tested_once |= not math.isnan(tested.p_value)
                group = tested
            found.append(group)
    adjusted = holm([group.p_value for group in found])
    return tuple(replace(group, p_holm=float(p)) for group, p in zip(found, adjusted, strict=True))


def _counts(scores: ArmScores, inside: NDArray[np.bool_]) -> tuple[int, int]:
    known = inside & (scores.weight > 0)
    return int(known.sum()), int(scores.label[known].sum())


def _too_small(scores: ArmScores, inside: NDArray[np.bool_]) -> bool:
    n, n_events = _counts(scores, inside)
    return min(n_events, n - n_events) < FEWEST


def _group(
    scores: ArmScores,
    risk: NDArray[np.float64],
    inside: NDArray[np.bool_],
    column: str,
    level: str,
    bootstrap: PatientBootstrap,
) -> Subgroup:
    n, n_events = _counts(scores, inside)
    if _too_small(scores, inside):
        reason = f"fewer than {FEWEST} cases with the event or without it"
        return Subgroup(column, level, n, n_events, reason=reason)
    weight = scores.weight * inside
    value = float(aurocs(scores.label, risk, weight[None])[0])
    resampled = bootstrap.values(lambda w: aurocs(scores.label, risk, w), weight)
    return Subgroup(column, level, n, n_events, value, *spread_interval(resampled, scores.spread))


def _against(
    group: Subgroup,
    scores: ArmScores,
    risk: NDArray[np.float64],
    inside: NDArray[np.bool_],
    rest: NDArray[np.bool_],
    bootstrap: PatientBootstrap,
) -> Subgroup:
    if _too_small(scores, rest):
        return group

    def difference(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        first, second = (aurocs(scores.label, risk, weights * part) for part in (inside, rest))
        return first - second

    resampled = bootstrap.values(difference, scores.weight)
    low, high = percentile_interval(resampled)
    return replace(
        group,
        difference=float(difference(scores.weight[None])[0]),
        difference_low=low,
        difference_high=high,
        p_value=bootstrap_p_value(resampled),
    )
