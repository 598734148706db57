"""Tests beside the first one of a comparison: other questions to the same difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import PairedTest, auroc, corrected_resampled_t, permutation_p_value
from tumorcast.validation.scores import ArmScores

Floats = NDArray[np.float64]

PERMUTATION = "paired permutation"
RESAMPLED_T = "corrected resampled t"
_MOST_FOLDS_LOST = 0.2


class _FoldDifference(NamedTuple):
    difference: float
    test_share: float


def further_tests(
    first: ArmScores, second: ArmScores, repeats: Sequence[int]
) -> dict[str, PairedTest]:
    """Return the permutation test and, in repeated designs, the corrected resampled t test.

    The permutation test is of the risks averaged over the repeats and has no interval. The t test
    is of the differences of the single folds; folds in which one class is missing are left out,
    and the test where they are more than a fifth.

    Parameters
    ----------
    first, second
        Of the same cases.
    repeats
        That both have.
    """
    ours, theirs = first.mean_risk(repeats), second.mean_risk(repeats)
    known = first.weight[first.label == 1].any() and first.weight[first.label == 0].any()
    tests = {}
    if known:
        p_value = permutation_p_value(first.label, ours, theirs, first.patients, first.weight)
        difference = _area(first, ours) - _area(first, theirs)
        tests[PERMUTATION] = PairedTest(difference, np.nan, np.nan, p_value)
    folds = list(_folds(first, second, repeats))
    defined = [fold for fold in folds if np.isfinite(fold.difference)]
    if len(repeats) > 1 and len(defined) >= max(2, (1 - _MOST_FOLDS_LOST) * len(folds)):
        share = float(np.mean([fold.test_share for fold in defined]))
        differences = [fold.difference for fold in defined]
        tests[RESAMPLED_T] = corrected_resampled_t(differences, share)
    return tests


def _folds(
    first: ArmScores, second: ArmScores, repeats: Sequence[int]
) -> Iterator[_FoldDifference]:
    """Return the difference in AUROC of each fold, NaN where a class is missing."""
    for repeat in repeats:
        row, other = first.repeats.index(repeat), second.repeats.index(repeat)
        for fold in np.unique(first.fold[row]):
            tested = first.fold[row] == fold
            ours = _area(first, first.risk[row], tested)
            theirs = _area(first, second.risk[other], tested)
            yield _FoldDifference(ours - theirs, tested.sum() / max((~tested).sum(), 1))


def _area(scores: ArmScores, risk: Floats, among: NDArray[np.bool_] | None = None) -> float:
    rows = np.ones(len(risk), dtype=np.bool_) if among is None else among
    label, weight = scores.label[rows], scores.weight[rows]
    if not (weight[label == 1].any() and weight[label == 0].any()):
        return float(np.nan)
    return auroc(label, risk[rows], weight)
